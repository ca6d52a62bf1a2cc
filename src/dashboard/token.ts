/* The key of the server: `silt ui` gives it in the link, behind #, where no server sees it; else the page asks for it. */

const NAME = 'silt-key';

/** From the address into the storage of this browser tab; the address does not keep it. */
export function takeToken(): void {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  keepKey(decodeURIComponent(token));
  history.replaceState(null, '', location.pathname);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function keyHeaders(): Record<string, string> {
  const key = sessionStorage.getItem(NAME);
  return key === null ? {} : { 'api-key': key };
}
