/*
 * The maps that pages look at: each is laid out in the background when it is first asked for, and kept up as long as somebody
 * asks. A few are kept.
 */
import type { Collection } from '../../api/collection.js';
import { onAbort } from '../../base/aborts.js';
import { ValidationError } from '../../base/errors.js';
import type { PointMap } from '../../collection/point-map.js';
import type { Legend } from './map-values.js';
import type { MapView } from './wire.js';

/** Maps that are kept; a point takes 30 bytes. */
const KEPT = 4;
/** Between two looks for points that came. */
const UPDATE_MS = 1_000;

interface Run {
  readonly collection: Collection;
  readonly field: string | undefined;
  readonly number: number;
  readonly ending: AbortController;
  map: PointMap | undefined;
  share: number;
  busy: boolean;
  failed: unknown;
  updatedAt: number;
  /** By which its points were coloured last. */
  legend: Legend | undefined;
}

/** What a map is asked for: by the number that it was given, so that no page mixes two. */
export type Ready = Run & { readonly map: PointMap };

export class Maps {
  #runs: Run[] = [];
  #number = 0;

  constructor(closing: AbortSignal) {
    onAbort([closing], (reason) => {
      for (const { ending } of this.#runs) ending.abort(reason);
    });
  }

  /** Begins a map, or keeps it up; says how far it is. `gone`: how many of those that went the page knows of. */
  look(collection: Collection, field: string | undefined, again: boolean, gone: number): MapView {
    let run = this.#runs.find((one) => one.collection === collection && one.field === field);
    if (run?.failed !== undefined && !again) {
      this.#runs = this.#runs.filter((one) => one !== run);
      throw run.failed; // the next look begins again
    }
    if (!run || again) run = this.#begin(collection, field, run);
    this.#runs = [run, ...this.#runs.filter((one) => one !== run)];
    for (const old of this.#runs.splice(KEPT)) old.ending.abort(new Error('other maps are looked at'));
    this.#keepUp(run);
    const { map, share, number, busy } = run;
    return {
      map: number,
      ready: map !== undefined,
      share: map && !busy ? 1 : share,
      points: map?.count ?? 0,
      waiting: map?.waiting ?? 0,
      gone: map?.gone.slice(gone) ?? [],
    };
  }

  /** @throws ValidationError for one that is not there any more */
  at(collection: Collection, number: unknown): Ready {
    const run = this.#runs.find((one) => one.number === number && one.collection === collection);
    if (run?.map) return run as Ready;
    throw new ValidationError('INVALID_OPTION', `there is no map ${number} of this collection: ask for one`);
  }

  #begin(collection: Collection, field: string | undefined, before: Run | undefined): Run {
    before?.ending.abort(new Error('it is laid out again'));
    this.#runs = this.#runs.filter((one) => one !== before);
    const run: Run = {
      ...{ collection, field, number: ++this.#number, ending: new AbortController() },
      ...{ map: undefined, share: 0, busy: false, failed: undefined, updatedAt: 0, legend: undefined },
    };
    this.#work(run, async (o) => {
      const [{ coreOf }, { PointMap }] = await Promise.all([
        import('../../collection/collection.js'),
        import('../../collection/point-map.js'),
      ]);
      run.map = await PointMap.layout(coreOf(collection), { ...o, field });
    });
    return run;
  }

  #keepUp(run: Run): void {
    const { map } = run;
    if (!map || run.busy || performance.now() < run.updatedAt + UPDATE_MS) return;
    map.lookForGone();
    if (map.waiting > 0) this.#work(run, (o) => map.update(o));
  }

  #work(
    run: Run,
    work: (o: { signal: AbortSignal; onProgress: (share: number) => void }) => Promise<void>,
  ): void {
    const { signal } = run.ending;
    const onProgress = (share: number): void => {
      run.share = share;
    };
    run.busy = true;
    run.share = 0;
    work({ signal, onProgress })
      .catch((error) => {
        run.failed = error;
      })
      .finally(() => {
        run.busy = false;
        run.updatedAt = performance.now();
      })
      .catch(() => {});
  }
}
