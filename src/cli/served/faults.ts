/* What all commands say of a server that takes no request of theirs, and what to do. */
import { CommandError } from '../frame/exits.js';

/** Of a certificate that another certificate would make a trusted one. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Of one that nothing does: it is too old, too new, or another name's. */
const WRONG = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'ERR_TLS_CERT_ALTNAME_INVALID']);

export const keyNeeded = (url: string, why: string | undefined): CommandError =>
  new CommandError('SYSTEM', `${url} refuses: ${why}. Give its key with --api-key (or SILT_REMOTE_API_KEY)`);

/** Where the server is there, and its certificate is why it is not asked; else undefined. */
export function certificateFault(
  url: string,
  { message, code = '' }: NodeJS.ErrnoException,
): CommandError | undefined {
  if (UNTRUSTED.has(code))
    return new CommandError(
      'SYSTEM',
      `the certificate of ${url} is not trusted: ${message}. Name the file of the one that it is signed by: NODE_EXTRA_CA_CERTS=cert.pem silt …`,
    );
  return WRONG.has(code)
    ? new CommandError('SYSTEM', `the certificate of ${url} is not valid: ${message}`)
    : undefined;
}
