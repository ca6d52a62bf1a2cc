/* Where the page is: `#/points/words?filter=…`. Links can be kept, and the browser's back button works. */
import { storeOf } from './store.ts';

export interface Route {
  readonly tab: string;
  /** The collection that is looked at; '' for the first. */
  readonly collection: string;
  readonly params: URLSearchParams;
}

function read(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const [tab = '', collection = ''] = path.split('/').map(decodeURIComponent);
  return { tab, collection, params: new URLSearchParams(query) };
}

export const route = storeOf<Route>(read());

addEventListener('hashchange', () => route.set(read()));

export function go(tab: string, collection: string, params: Readonly<Record<string, string>> = {}): void {
  const query = new URLSearchParams(params).toString();
  location.hash = `/${tab}/${encodeURIComponent(collection)}${query && `?${query}`}`;
}
