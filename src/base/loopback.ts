/* Which addresses are those of this machine alone. */

/** `host`: a name or an address, without brackets. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host);
}
