/* The key of the server: `silt ui` gives it in the link, behind #, where no server sees it; else the page asks for it. */
import { tokenIn } from './address.ts';
import { keptInTab } from './kept.ts';

const NAME = 'silt-key';

/** From the address into the storage of this browser tab; the address does not keep it. */
export function takeToken(): void {
  const token = tokenIn(location.hash);
  if (token === undefined) return;
  keepKey(token);
  history.replaceState(null, '', location.pathname);
}

export function keepKey(key: string): void {
  keptInTab.set(NAME, key);
}

export function keyHeaders(): Record<string, string> {
  const key = keptInTab.get(NAME);
  return key === null ? {} : { 'api-key': key };
}
