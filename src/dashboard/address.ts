/* The part of the page's address behind #, which people write by hand as well. */

/** The text as it stands, where it was not encoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface Route {
  readonly tab: string;
  /** The collection that is looked at; '' for the first. */
  readonly collection: string;
  readonly params: URLSearchParams;
}

export function routeIn(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [tab = '', collection = ''] = path.split('/').map(decoded);
  return { tab, collection, params: new URLSearchParams(query) };
}

/** The key that `silt ui` gives in its link. */
export function tokenIn(hash: string): string | undefined {
  const token = /^#token=(.+)$/.exec(hash)?.[1];
  return token === undefined ? undefined : decoded(token);
}
