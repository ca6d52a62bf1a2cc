/* How a query was answered: a tree of what each step did, with counts and times. */
import type { Explanation, StepReport } from '../../../api/query.js';
import type { SearchReport } from '../../../api/reading.js';
import { show } from '../../../base/checks.js';
import type { LiveIndex } from '../../live-index.js';
import { about, reportOn, sentence } from '../explain.js';
import type { Reader } from '../reader.js';
import { hitsAt } from './answer.js';
import { invertedReport, invertedSentence } from './inverted-report.js';
import { Run } from './run.js';
import type { Ask, AskOf, CheckedQuery, Step } from './tree.js';
import type { StepTrace } from './tries.js';

const s = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What a step asks, in words. */
function asked(ask: Ask): string {
  const name = 'spec' in ask ? ask.spec.name : '';
  return name === '' ? askedOf(ask) : `${askedOf(ask)} in the field ${show(name)}`;
}

function askedOf(ask: Ask): string {
  switch (ask.kind) {
    case 'nearest': {
      const { mmr } = ask;
      if (!mmr) return nearestTo(ask);
      return `${nearestTo(ask)}, diverse (diversity ${mmr.diversity} among ${mmr.candidates} candidates)`;
    }
    case 'average':
      return `recommend by average_vector (${ask.positive.length} positive, ${ask.negative.length} negative)`;
    case 'recommend':
      return `recommend by ${ask.strategy} (${ask.positive.length} positive, ${ask.negative.length} negative)`;
    case 'discover':
      return `discover (${s(ask.pairs.length, 'pair')})`;
    case 'context':
      return `context (${s(ask.pairs.length, 'pair')})`;
    case 'feedback':
      return `relevance feedback (${s(ask.examples.length, 'example')})`;
    case 'text':
      return `text, ${ask.query.match === 'phrase' ? 'a phrase' : `${ask.query.match} of its words`}`;
    case 'orderBy':
      return `order by ${ask.path.text}, ${ask.descending ? 'greatest' : 'least'} first`;
    case 'sample':
      return 'random sample';
    case 'ids':
      return 'order of ids';
    case 'fusion':
      return ask.by === 'rrf' ? `fusion rrf (k ${ask.k})` : `fusion ${ask.by}`;
    case 'formula':
      return 'formula';
  }
}

function nearestTo({ spec, to }: AskOf<'nearest'>): string {
  if (spec.kind === 'dense') return 'nearest';
  const [what, part] = spec.kind === 'sparse' ? ['sparse vector', 'value'] : ['MaxSim', 'vector'];
  if (!to.value) return `${what} of a stored point`;
  const { length } = 'indices' in to.value ? to.value.indices : to.value;
  return `${what} of ${s(length, part)}`;
}

/** How a step found its points. */
function done(
  live: LiveIndex,
  step: Step,
  { search, compared, filter, inverted }: StepTrace,
  known: boolean,
): string {
  const { ask, prefetch } = step;
  const matching = known && filter ? live.rows.countLive(bitsIn(filter)) : undefined;
  const asked = { pending: search.windowRows, indexedOnly: step.indexedOnly };
  const plans = search.plans.map((plan) => sentence(plan, live.rows.slots, matching, asked));
  if (plans.length > 0) return plans.join('; ');
  if (ask.kind === 'fusion') return `${s(prefetch.length, 'list')} made one`;
  const among = prefetch.length > 0 ? `the ${s(compared, 'point')} found below` : s(compared, 'point');
  if (isInverted(ask)) {
    const said = inverted ? `: ${invertedSentence(inverted, invertedReport(inverted))}` : '';
    return `exact by the inverted index, among ${among}${said}`;
  }
  if (ask.kind === 'formula') return `computed for ${among}`;
  if (ask.kind === 'sample' || ask.kind === 'ids') return `chosen among ${among}`;
  return ask.kind === 'orderBy' ? `values of ${among}` : `exact comparison of ${among}`;
}

function isInverted(ask: Ask): boolean {
  if (ask.kind === 'text') return true;
  return (ask.kind === 'nearest' || ask.kind === 'average') && ask.spec.kind === 'sparse';
}

function bitsIn({ admitted }: NonNullable<StepTrace['filter']>): Uint32Array {
  return admitted.kind === 'bits' ? admitted.bits : new Uint32Array(0);
}

function reportOf(live: LiveIndex, step: Step, run: Run): StepReport {
  const traced = run.traces.get(step.place)!;
  const { search, ms, found, given, compared, inverted } = traced;
  const filter = traced.filter && reportOn(live, traced.filter);
  const known = traced.filter?.admitted.kind === 'bits';
  const how = done(live, step, traced, known);
  const { rowsScanned, nodesVisited, rowsMasked, candidatesRescored } = search;
  return {
    place: step.place,
    query: asked(step.ask),
    plan: filter ? `${about(filter, known)}; ${how}` : how,
    ...(filter && { filter }),
    ...(inverted && { inverted: invertedReport(inverted) }),
    found,
    given,
    counters: { compared, rowsScanned, nodesVisited, rowsMasked, candidatesRescored },
    ms,
    prefetch: step.prefetch.map((one) => reportOf(live, one, run)),
  };
}

/** A line for each step, those below set in. */
function printed({ query, plan, given, ms, prefetch }: StepReport, depth = 0): string {
  const line = `${'  '.repeat(depth)}${query}: ${plan}; ${s(given, 'result')}, ${ms.toFixed(2)} ms`;
  return [line, ...prefetch.map((one) => printed(one, depth + 1))].join('\n');
}

export function explainQuery(
  live: LiveIndex,
  reader: Reader,
  query: CheckedQuery,
  ending: AbortSignal,
): Promise<Explanation> {
  const { time } = live.platform;
  const began = time.now();
  const run = new Run(live, reader, query.signal, ending, true);
  return reader.during(async () => {
    let searched = began;
    const answer = await run.answer(() => {
      const list = run.listOf(query.root);
      if (!list) return undefined;
      searched = time.now();
      const hits = hitsAt(live, list.points, query, run.highlightsOf(query.root));
      const root = reportOf(live, query.root, run);
      return { plan: printed(root), hits, root };
    });
    // Now: what hits show of their texts comes behind the turn in which they were found.
    const ended = time.now();
    return { ...answer, ms: { hydrate: ended - searched, total: ended - began } };
  });
}

/** How a search was answered that is a query of one step: in a field without a graph. */
export async function explainStep(
  live: LiveIndex,
  reader: Reader,
  query: CheckedQuery,
  ending: AbortSignal,
): Promise<SearchReport> {
  const { root, hits, ms } = await explainQuery(live, reader, query, ending);
  const { plan, filter, inverted, counters } = root;
  const { compared, ...others } = counters;
  return {
    plan: `${root.query}: ${plan}`,
    hits,
    ...(filter && { filter }),
    ...(inverted && { inverted }),
    counters: { ...others, rowsScanned: inverted ? 0 : compared, hitsFromWindow: 0 },
    ms: { filter: 0, window: 0, graph: 0, rescore: 0, scan: root.ms, ...ms },
  };
}
