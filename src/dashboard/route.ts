/* Where the page is: `#/points/words?filter=…`. Links can be kept, and the browser's back button works. */
import { type Route, routeIn } from './address.ts';
import { storeOf } from './store.ts';

export const route = storeOf<Route>(routeIn(location.hash));

addEventListener('hashchange', () => route.set(routeIn(location.hash)));

export function go(tab: string, collection: string, params: Readonly<Record<string, string>> = {}): void {
  const query = new URLSearchParams(params).toString();
  location.hash = `/${tab}/${encodeURIComponent(collection)}${query && `?${query}`}`;
}
