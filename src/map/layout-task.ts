/* What a thread of the map runs: the layout of a field, or of some of what one that is there lacks. */
import type { ArenaHandle } from '../kernel/arena-memory.js';
import type { KernelCode } from '../kernel/builds.js';
import { GraphView } from '../kernel/graph-view.js';
import type { TaskThread } from '../platform/pool.js';
import { layOutCore } from './core.js';
import { NO_NUMBER } from './known.js';
import { layOutLater } from './later.js';
import type { Laid, Viewed } from './views.js';

/** A layout that is there: numbers by places, 2^32 - 1 for none, and two floats by number. */
export interface Numbered {
  readonly numbers: Uint32Array;
  readonly xy: Float32Array;
}

export interface LayoutInput {
  readonly arenas: readonly { readonly handle: ArenaHandle; readonly base: number }[];
  readonly code: KernelCode;
  readonly seed: number;
  readonly limit: number;
  /** What is there already. */
  readonly laid: Numbered | null;
  /** Where nothing is: how rows lay in a layout whose place this one takes. */
  readonly before: Numbered | null;
  /** One number, shared: thousandths that are done. Written here, read by the calling thread when it is told. */
  readonly progress: Int32Array;
}

/** New rows: by which keys their owner knows them, and where they are. In shared memory: a message does not copy it. */
export interface LayoutOutput extends Laid {
  readonly keys: Float64Array;
}

/** The same by places, ascending. */
function laidBy({ numbers, xy }: Numbered): Laid {
  const places = new Uint32Array(numbers.length);
  const sorted = new Float32Array(2 * numbers.length);
  let count = 0;
  for (const [place, number] of numbers.entries()) {
    if (number === NO_NUMBER) continue;
    sorted[2 * count] = xy[2 * number]!;
    sorted[2 * count + 1] = xy[2 * number + 1]!;
    places[count++] = place;
  }
  return { places: places.subarray(0, count), xy: sorted.subarray(0, 2 * count) };
}

export function run(input: LayoutInput, thread: TaskThread): LayoutOutput {
  const { arenas, code, laid, before, progress, seed, limit } = input;
  const views = arenas.map(({ handle, base }) => ({ view: new GraphView(handle, code), base }));
  const steps = laid
    ? layOutLater(views, laidBy(laid), seed)
    : layOutCore(views, { seed, limit, before: before ? laidBy(before) : undefined });
  for (;;) {
    const { done, value } = steps.next();
    if (done) return outputOf(views, value);
    const share = Math.floor(1_000 * value);
    if (share === Atomics.load(progress, 0)) continue;
    Atomics.store(progress, 0, share);
    thread.tell();
  }
}

function outputOf(views: readonly Viewed[], laid: Laid): LayoutOutput {
  const { length } = laid.places;
  const places = new Uint32Array(new SharedArrayBuffer(4 * length));
  const xy = new Float32Array(new SharedArrayBuffer(8 * length));
  const keys = new Float64Array(new SharedArrayBuffer(8 * length));
  places.set(laid.places);
  xy.set(laid.xy);
  let arena = 0;
  for (const [i, place] of places.entries()) {
    while (place >= views[arena]!.base + views[arena]!.view.rows) arena++;
    keys[i] = views[arena]!.view.keyOf(place - views[arena]!.base);
  }
  return { places, xy, keys };
}
