/* What the steps of a tree find, each among those that the steps below found, or among all points (tries.ts says when). */

import type { FacetCount } from '../../../api/query.js';
import { countOnes } from '../../../base/ones.js';
import type { MultiSpec, SparseSpec, TextSpec } from '../../../fields/field.js';
import type { SparseValue } from '../../../fields/sparse/sparse-index.js';
import { aspectsOf, NO_ASPECT } from '../../../filter/aspects.js';
import { newBits, setBit } from '../../../filter/bits.js';
import { METRICS } from '../../../kernel/metrics.js';
import type { LiveField } from '../../live-field.js';
import { BestSearch } from '../best-search.js';
import { summedBy } from '../multi.js';
import type { CheckedText } from '../text.js';
import { Choice } from './diverse.js';
import { comparedBy, scoreBy, weighedBy } from './examples-of.js';
import { countedState, FacetCounting } from './facet-count.js';
import type { FacetMemo } from './facet-memo.js';
import { byDeviation, byRank, byScale, fused } from './fusion.js';
import { IdWalk } from './id-walk.js';
import { EMPTY, goodOf, type List, pageOf, type Scored } from './list.js';
import { NearestSearch } from './nearest.js';
import { bestBy, byFormula, expectNothingElse, inOrder, inOrderOfKeys, sampled } from './rank.js';
import { ScannedMemo, type ScoreOf, type SimilarityMemo } from './similarity-memo.js';
import { MultiMemo, SparseMemo } from './stored-memo.js';
import { type AskOf, type Compared, type Step, type Value, wanted } from './tree.js';
import { Tries } from './tries.js';

/** Width of a search that compares all. */
const ANY_EF = 256;

/** Points in the order of their ids: where fewer than one in so many match, they are sorted. */
const SORTED_SHARE = 64;

const NOBODY: ReadonlySet<number> = new Set();

/** Points that a step ranks; all of them are found by the steps below. */
interface Candidates {
  readonly lists: readonly List[];
  readonly bits: Uint32Array;
  readonly count: number;
}

/** How many points are wanted, and the slots of those that are not. */
interface Some {
  readonly most: number;
  readonly without: ReadonlySet<number>;
}

interface NearestAsk extends Some {
  readonly to: Value;
  /** Tells whose value that is. */
  readonly key: string;
}

interface InvertedAsk extends Some {
  /** Tells what it is by, where that is another at each try. */
  readonly key: string;
  readonly spec: SparseSpec | TextSpec;
  readonly query: SparseValue | CheckedText;
}

export class Run extends Tries {
  /** What a step gives, best first; undefined where something must be done before. */
  listOf(step: Step): List | undefined {
    const below = step.prefetch.map((one) => this.listOf(one));
    const lists = below.filter((list) => list !== undefined);
    if (lists.length < below.length) return undefined;
    const { time } = this.live.platform;
    const began = time.now();
    const list = this.#rank(step, step.prefetch.length > 0 ? this.#candidates(lists) : undefined);
    const page = list && pageOf(list, step);
    const traced = this.traceOf(step);
    traced.ms += time.now() - began;
    traced.found = list?.points.length ?? 0;
    traced.given = page?.points.length ?? 0;
    return page;
  }

  /** How often the points of these slots have each value that `memo` knows. */
  counted(memo: FacetMemo, bits: Uint32Array, limit: number): FacetCount[] | undefined {
    const make = (): FacetCounting => new FacetCounting(this.live, memo, bits, limit);
    const counting = this.keptFor('facet', countedState(this.live), make);
    return this.soon((isOver) => counting.goOn(isOver)) ?? undefined;
  }

  #candidates(lists: readonly List[]): Candidates {
    const bits = newBits(this.live.rows.slots);
    for (const { points } of lists) for (const { slot } of points) setBit(bits, slot);
    return { lists, bits, count: countOnes(bits) };
  }

  /** What a step finds, best first; undefined where something must be done before. */
  #rank(step: Step, candidates: Candidates | undefined): List | undefined {
    const { ask } = step;
    switch (ask.kind) {
      case 'fusion': {
        const shares = { rrf: byRank(ask.k), dbsf: byDeviation, weighted: byScale };
        return fused(candidates!.lists, shares[ask.by], ask.weights);
      }
      case 'formula': {
        const { lists, bits, count } = candidates!;
        this.traceOf(step).compared = count;
        return byFormula(ask, lists, bits, (slots) => this.payloadsOf(slots));
      }
      case 'nearest':
      case 'average':
        return this.#nearest(step, ask, candidates);
      case 'text': {
        const search = { spec: ask.spec, query: ask.query, most: wanted(step), without: NOBODY, key: '' };
        return this.#inverted(step, search, candidates);
      }
      default:
        return this.#amongAll(step, candidates);
    }
  }

  /** The slots of the points that a step looks at one by one; undefined where payloads must be read first. */
  #lookedAt(step: Step, candidates: Candidates | undefined): Uint32Array | undefined {
    const traced = this.traceOf(step);
    const bits = candidates ? candidates.bits : this.admitted(step, traced);
    if (bits) traced.compared = this.live.rows.countLive(bits);
    return bits;
  }

  /** Steps that look at each point. */
  #amongAll(step: Step, candidates: Candidates | undefined): List | undefined {
    const { ask } = step;
    const bits = this.#lookedAt(step, candidates);
    if (!bits) return undefined;
    const most = wanted(step);
    switch (ask.kind) {
      case 'recommend':
      case 'discover':
      case 'context':
      case 'feedback':
        return this.#bySimilarity(step, ask, bits);
      case 'orderBy': {
        const memo = this.keptFor(step.place, ask.path.text, () => this.reader.memos.orders(ask.path));
        if (!this.learned(memo, bits)) return undefined;
        const list = inOrder(this.live, memo, bits, { ...ask, most });
        const isOfAll = !candidates && !step.filter && ask.from === undefined;
        if (isOfAll && list.points.length === 0) expectNothingElse(this.live, ask.path);
        return list;
      }
      case 'sample':
        return sampled(this.live, bits, most, ask.seed);
      default:
        return this.#inOrderOfIds(step, bits);
    }
  }

  /** Where few match, their ids are read and sorted; else ids are gone through. */
  #inOrderOfIds(step: Step, bits: Uint32Array): List | undefined {
    const { live } = this;
    const most = wanted(step);
    if (SORTED_SHARE * live.slots.countLive(bits) < live.slots.live) {
      const keys = this.keysOf(bits);
      return keys && inOrderOfKeys(live, keys, bits, most);
    }
    const aspects = step.filter ? aspectsOf(step.filter.condition) : NO_ASPECT;
    const walk = this.keptFor(step.place, 'ids', () => new IdWalk(live, aspects));
    const points = this.soon((isOver) => walk.goOn(bits, most, isOver));
    return points && { points, higher: true };
  }

  #bySimilarity(
    step: Step,
    ask: AskOf<'recommend' | 'discover' | 'context' | 'feedback'>,
    bits: Uint32Array,
  ): List | undefined {
    const examples = comparedBy(ask, step.place, this.live);
    const isByRarity = ask.spec.kind === 'sparse' && ask.spec.modifier === 'idf';
    if (isByRarity && !this.isCaughtUp(step, ask.spec)) return undefined;
    const values = isByRarity ? weighedBy(this.live, ask.spec, examples.values) : examples.values;
    const weights = isByRarity ? ` ${(values as SparseValue[]).map((one) => one.values).join()}` : '';
    const memo = this.keptFor(step.place, examples.key + weights, () =>
      this.#memoOf(ask, values, scoreBy(ask)),
    );
    if (!this.learned(memo, bits)) return undefined;
    return bestBy(memo, bits, {
      most: wanted(step),
      without: examples.without,
      isThere: this.#isThere(ask),
    });
  }

  #memoOf({ spec, field }: Compared, values: readonly Value[], scoreOf: ScoreOf): SimilarityMemo {
    const live = this.live;
    if (field) return new ScannedMemo(live, this.reader, field, values as readonly Float32Array[], scoreOf);
    if (spec.kind === 'multi') return new MultiMemo(live, spec, values as readonly Float32Array[][], scoreOf);
    return new SparseMemo(live, spec, values as readonly SparseValue[], scoreOf);
  }

  /** Whether the point of a slot lives, and has something in the field: without a graph, that is known of what was learned. */
  #isThere({ field }: Compared): (slot: number) => boolean {
    return (slot) => (field ? field.hasAt(slot) : this.live.slots.isLiveAt(slot));
  }

  /** By an inverted index, which takes in first what it lacks: a few points in this turn, many before. */
  #inverted(
    step: Step,
    { spec, query, most, without, key }: InvertedAsk,
    candidates: Candidates | undefined,
  ): List | undefined {
    const live = this.live;
    const traced = this.traceOf(step);
    const all = candidates || !step.filter;
    const bits = all ? candidates?.bits : this.admitted(step, traced);
    if ((!all && !bits) || !this.isCaughtUp(step, spec)) return undefined;
    const k = most + without.size;
    const make = (): BestSearch => new BestSearch(live, this.reader, { spec, query, k, traced: this.traced });
    const search = this.keptFor(step.place, `${key} ${k}`, make);
    const best = search.now(bits, this.atOnce, this.pause);
    traced.inverted = search.trace;
    if (best instanceof Promise) {
      this.before(() => best);
      return undefined;
    }
    traced.compared = candidates?.count ?? live.slots.countLive(bits ?? live.slots.liveBits);
    return { points: best.filter(({ slot }) => !without.has(slot)).slice(0, most), higher: true };
  }

  /** The nearest to a value, as the field finds them; of these, those that differ, where that is asked for. */
  #nearest(
    step: Step,
    ask: AskOf<'nearest' | 'average'>,
    candidates: Candidates | undefined,
  ): List | undefined {
    const examples = comparedBy(ask, step.place, this.live);
    const [to] = examples.values as [Value];
    const mmr = ask.kind === 'nearest' ? ask.mmr : undefined;
    const most = mmr ? mmr.candidates : wanted(step);
    const found = this.#nearestIn(step, ask, { ...examples, to, most }, candidates);
    if (!found || !mmr) return found;
    // What is not good enough is not chosen either: it would take the place of what is.
    const good = goodOf(found, step.scoreThreshold);
    const from = { to, found: good.points, diversity: mmr.diversity, count: wanted(step) };
    const key = `${examples.key} ${from.count} ${this.live.layout} ${from.found.map(({ slot, score }) => `${slot}:${score}`).join()}`;
    const choice = this.keptFor(`${step.place} mmr`, key, () => new Choice(this.live, ask, from));
    const points = this.soon((isOver) => choice.goOn(isOver));
    return points && { points, higher: found.higher };
  }

  #nearestIn(
    step: Step,
    { spec, field }: Compared,
    asked: NearestAsk,
    candidates: Candidates | undefined,
  ): List | undefined {
    if (field) return this.#byGraph(step, field, asked, candidates);
    if (spec.kind === 'multi') return this.#byMaxSim(step, spec, asked, candidates);
    const { to, most, without, key } = asked;
    return this.#inverted(step, { spec, query: to as SparseValue, most, without, key }, candidates);
  }

  #byMaxSim(
    step: Step,
    spec: MultiSpec,
    { to, most, without, key }: NearestAsk,
    candidates: Candidates | undefined,
  ): List | undefined {
    const bits = this.#lookedAt(step, candidates);
    if (!bits) return undefined;
    const memo = this.keptFor(step.place, key, () => this.#memoOf({ spec }, [to], ([similar]) => similar!));
    if (!this.learned(memo, bits)) return undefined;
    const { points } = bestBy(memo, bits, { most, without, isThere: this.#isThere({ spec }) });
    const { score: scoreOf, higherIsBetter: higher } = METRICS[summedBy(spec.metric)];
    return { points: points.map(({ slot, score }) => ({ slot, score: scoreOf(-score) })), higher };
  }

  #byGraph(
    step: Step,
    field: LiveField,
    { to, most, without, key }: NearestAsk,
    candidates: Candidates | undefined,
  ): List | undefined {
    const live = this.live;
    const { filter, aim, indexedOnly } = step;
    const vector = to as Float32Array;
    const k = most + without.size;
    const traced = this.traceOf(step);
    let matches: readonly { readonly slot: number; readonly distance: number }[];
    if (candidates) {
      matches = this.reader.among(field, vector, candidates.bits, Math.min(k, candidates.count));
      traced.compared = candidates.count;
    } else {
      const effort = aim
        ? { ef: aim.ef, bound: aim.bound, exact: aim.exact }
        : { ef: ANY_EF, bound: undefined, exact: true };
      const params = { field, k, ...effort, indexedOnly, filter, withPayload: false, withVector: false };
      const make = (): NearestSearch =>
        new NearestSearch(live, this.reader, { vector, params, trace: traced.search });
      const search = this.keptFor(step.place, `${key} ${k}`, make);
      const found = search.now(this.signal, this.atOnce);
      traced.filter = search.filter;
      if (typeof found === 'function') {
        this.before(found);
        return undefined;
      }
      matches = found;
    }
    const others = without.size === 0 ? matches : matches.filter(({ slot }) => !without.has(slot));
    const { score, higherIsBetter: higher } = METRICS[field.spec.metric];
    if (others.length === 0) return EMPTY;
    const points: Scored[] = others
      .slice(0, most)
      .map(({ slot, distance }) => ({ slot, score: score(distance) }));
    return { points, higher };
  }
}
