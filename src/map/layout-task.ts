/* What a thread of the map runs: the layout of a field, or of what one that is there lacks. */
import type { ArenaHandle } from '../kernel/arena-memory.js';
import type { KernelCode } from '../kernel/builds.js';
import { GraphView } from '../kernel/graph-view.js';
import type { TaskThread } from '../platform/pool.js';
import { type Laid, layOutCore, type Viewed } from './core.js';
import { layOutLater } from './later.js';

export interface LayoutInput {
  readonly arenas: readonly { readonly handle: ArenaHandle; readonly base: number }[];
  readonly code: KernelCode;
  readonly seed: number;
  readonly limit: number;
  /** What is there already; places ascend. */
  readonly laid: Laid | null;
  /** One number, shared: thousandths that are done. Written here, read by the calling thread when it is told. */
  readonly progress: Int32Array;
}

/** New rows: by which keys their owner knows them, and where they are. */
export interface LayoutOutput extends Laid {
  readonly keys: Float64Array;
}

/** Of a whole layout, what the rows take that it leaves out at first. */
const LATER_SHARE = 0.15;

function joined(one: Laid, two: Laid): Laid {
  const length = one.places.length + two.places.length;
  const places = new Uint32Array(length);
  const xy = new Float32Array(2 * length);
  for (let at = 0, a = 0, b = 0; at < length; at++) {
    const isFirst = b === two.places.length || one.places[a]! < two.places[b]!;
    const [from, i] = isFirst ? [one, a++] : [two, b++];
    places[at] = from.places[i]!;
    xy[2 * at] = from.xy[2 * i]!;
    xy[2 * at + 1] = from.xy[2 * i + 1]!;
  }
  return { places, xy };
}

function* whole(views: readonly Viewed[], { seed, limit }: LayoutInput): Generator<number, Laid> {
  const scaled = function* <T>(steps: Generator<number, T>, from: number, share: number) {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      yield from + value * share;
    }
  };
  const core = yield* scaled(layOutCore(views, { seed, limit }), 0, 1 - LATER_SHARE);
  const later = yield* scaled(layOutLater(views, core, seed), 1 - LATER_SHARE, LATER_SHARE);
  return joined(core, later);
}

export function run(input: LayoutInput, thread: TaskThread): LayoutOutput {
  const { arenas, code, laid, progress, seed } = input;
  const views = arenas.map(({ handle, base }) => ({ view: new GraphView(handle, code), base }));
  const steps = laid ? layOutLater(views, laid, seed) : whole(views, input);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return { ...value, keys: keysOf(views, value.places) };
    const share = Math.floor(1_000 * value);
    if (share === Atomics.load(progress, 0)) continue;
    Atomics.store(progress, 0, share);
    thread.tell();
  }
}

function keysOf(views: readonly Viewed[], places: Uint32Array): Float64Array {
  const keys = new Float64Array(places.length);
  let arena = 0;
  for (const [i, place] of places.entries()) {
    while (place >= views[arena]!.base + views[arena]!.view.rows) arena++;
    keys[i] = views[arena]!.view.keyOf(place - views[arena]!.base);
  }
  return keys;
}
