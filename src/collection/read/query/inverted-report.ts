/* How an inverted index was searched, from the plan by which it was, and what the kernel counted. */
import type { InvertedReport, TermReport } from '../../../api/reading.js';
import { show } from '../../../base/checks.js';
import { listsOf } from '../../../fields/inverted/plan.js';
import type { InvertedTrace } from '../best-search.js';

/** Terms that a sentence names. */
const NAMED = 8;

const s = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

export function invertedReport({ plan, takenIn, postings }: InvertedTrace): InvertedReport {
  const { terms = [] } = plan?.weighed ?? {};
  const lists = listsOf(terms);
  const reports = terms.map((term): TermReport => {
    const { name, documents = 0, idf = null, weight } = term;
    return { term: name, documents, idf, weight, windowsLeft: postings.left[lists.indexOf(term)] ?? 0 };
  });
  const { windows, added, tried } = postings;
  return { terms: reports, takenIn, windows, postings: added, candidates: tried };
}

/** The same in words. */
export function invertedSentence({ plan }: InvertedTrace, report: InvertedReport): string {
  const { terms, takenIn, windows, postings, candidates } = report;
  if (terms.length === 0) return 'nothing to search for';
  const named = terms.slice(0, NAMED).map(({ term, documents, idf, weight }) => {
    const worth = idf === null ? `weight ${weight.toPrecision(3)}` : `idf ${idf.toPrecision(3)}`;
    return `${term} (${s(documents, 'document')}, ${worth})`;
  });
  const more = terms.length > NAMED ? ` and ${terms.length - NAMED} more` : '';
  const left = terms.filter(({ windowsLeft }) => windowsLeft > 0).map(({ term }) => term);
  const known = new Set(listsOf(plan?.weighed.terms ?? []).map(({ name }) => name));
  const missing = plan?.weighed.all?.find((group) => !group.some((word) => known.has(word)));
  return [
    `${named.join(', ')}${more}`,
    ...(missing ? [`no text has ${missing.map(show).join(' or ')}`] : []),
    `${s(postings, 'posting')} of ${s(windows, 'window')} added, ${s(candidates, 'candidate')}`,
    ...(left.length > 0 ? [`left in some windows, where they alone make no hit: ${left.join(', ')}`] : []),
    ...(takenIn > 0 ? [`${s(takenIn, 'point')} taken in before`] : []),
  ].join('; ');
}
