/* What a caller probably meant: said behind an error about something that is not there. */

/** Names that other databases have for the same thing, in lower case and without `$`, `_` and `-`. */
const ELSEWHERE = new Map(
  Object.entries<readonly string[]>({
    k: ['topk', 'limit', 'nresults', 'count', 'top', 'n'],
    filter: ['where', 'filters', 'must', 'should', 'mustnot', 'minshould'],
    ef: ['efsearch'],
    withPayload: ['includemetadata', 'withmetadata', 'includepayload'],
    withVector: ['includevalues', 'includevector', 'includevectors', 'includeembeddings'],
    dimension: ['dim', 'dims', 'size'],
    metric: ['distance', 'space', 'similarity'],
    vector: ['values', 'embedding', 'embeddings'],
    payload: ['metadata', 'meta', 'document', 'data'],
    cosine: ['cosinesimilarity', 'angular', 'cos'],
    euclidean: ['euclid', 'l2squared', 'sqeuclidean'],
    dot: ['innerproduct', 'maxinnerproduct'],
    integer: ['int', 'long', 'number', 'numeric'],
    float: ['double', 'decimal', 'number', 'numeric'],
    keyword: ['string', 'str', 'tag', 'category', 'enum'],
    bool: ['boolean'],
    datetime: ['date', 'time', 'timestamp'],
    geo: ['geopoint', 'location', 'latlon'],
  }),
);

const plain = (name: string): string => name.toLowerCase().replaceAll(/[$_-]/g, '');

/** How many letters must be added, left out or replaced, or change places with their neighbours. */
function typos(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= b.length; j++) rows[0]!.push(j);
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const other = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + other);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      rows[i]!.push(least);
    }
  return rows[a.length]![b.length]!;
}

/** The known names that the one given may stand for: mostly one. */
function nearest(given: string, known: readonly string[]): readonly string[] {
  const name = plain(given.slice(0, 40));
  const same = known.filter((one) => plain(one) === name || ELSEWHERE.get(one)?.includes(name));
  if (same.length > 0) return same;
  const near = known.find((one) => one.length > 2 && typos(plain(one), name) <= Math.min(2, one.length / 3));
  return near === undefined ? [] : [near];
}

/** What a query asks for is sometimes written beside its options. */
const ASKED: ReadonlySet<string> = new Set(
  'nearest id text indices recommend discover context orderBy sample fusion formula'.split(' '),
);

/** Where an option belongs that is written in the wrong place. */
function elsewhere(given: string, known: readonly string[]): string {
  const has = (name: string): boolean => known.includes(name);
  if (['match', 'prefix', 'fuzzy'].includes(given) && has('using'))
    return has('query')
      ? `. Write { query: { text: …, ${given}: … } }`
      : `. It stands beside the text: { text: …, ${given}: … }`;
  if (['groupBy', 'groupSize', 'groups'].includes(given) && has('prefetch')) return '. queryGroups has it';
  if (given === 'condition' && has('durability') && !has('backpressure') && !has('batchSize'))
    return '. Pass { filter } in the place of ids: what does not match stays as it is';
  return '';
}

/** `. Did you mean k?`, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  if (ASKED.has(given) && known.includes('query')) return `. Write { query: { ${given}: … } }`;
  const place = elsewhere(given, known);
  if (place !== '') return place;
  const meant = nearest(given, known);
  if (meant.length === 0) return '';
  const part = meant[0] === 'filter' && /^(must|should|must_not|min_should)$/.test(given);
  return `. Did you mean ${part ? `{ filter: { ${given}: … } }` : meant.join(' or ')}?`;
}

/** The fields that there are, by their names: said of one that is not among them. */
export function fieldsThere(names: readonly string[]): string {
  if (names.length === 0) return 'there are none';
  const all = names.map((name) => (name === '' ? '"" (the unnamed field)' : JSON.stringify(name)));
  return `there ${names.length === 1 ? 'is' : 'are'} ${all.join(', ')}`;
}

/** Behind an error about something that should be a number. */
export function numberHint(value: unknown): string {
  if (typeof value !== 'string' || !/^[+-]?[\d._]+(e[+-]?\d+)?$/i.test(value.trim())) return awaitHint(value);
  const number = Number(value.trim().replaceAll('_', ''));
  return Number.isFinite(number) ? `. Write ${number}, without quotes` : '';
}

/** Behind an error about something that should be an array of strings. */
export function listHint(value: unknown): string {
  if (typeof value === 'string') return `. Write [${JSON.stringify(value.slice(0, 40))}]`;
  return value instanceof Set ? '. Pass [...set]' : awaitHint(value);
}

/** Behind an error that got a promise. */
export function awaitHint(value: unknown): string {
  const { then } = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    PromiseLike<unknown>
  >;
  return typeof then === 'function' ? '. Is an await missing?' : '';
}

/** Behind an error about a value that has the one that is wanted as a member: a receipt for its `seq`, say. */
export function memberHint(value: unknown, member: string): string {
  if (typeof value !== 'object' || value === null || !(member in value)) return awaitHint(value);
  return `. It has ${member}: pass that`;
}
