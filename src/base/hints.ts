/* What a caller probably meant: said behind an error about something that is not there. */

/** Names that other databases have for the same thing, in lower case and without `_` and `-`. */
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
  }),
);

const plain = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');

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

/** The known name that is nearest to the one given; undefined where none is near. */
function nearest(given: string, known: readonly string[]): string | undefined {
  const name = plain(given.slice(0, 40));
  const same = known.find((one) => plain(one) === name || ELSEWHERE.get(one)?.includes(name));
  if (same !== undefined) return same;
  return known.find((one) => one.length > 3 && typos(plain(one), name) <= Math.min(2, one.length / 3));
}

/** `. Did you mean k?`, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const meant = nearest(given, known);
  if (meant === undefined) return '';
  const part = meant === 'filter' && /^(must|should|must_not|min_should)$/.test(given);
  return `. Did you mean ${part ? `{ filter: { ${given}: … } }` : meant}?`;
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
