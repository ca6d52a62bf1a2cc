/*
 * The maps that pages look at: each is laid out in the background when it is first asked for, and kept up as long as somebody
 * asks. A few are kept.
 */
import { randomInt } from 'node:crypto';
import type { Collection } from '../../api/collection.js';
import { onAbort } from '../../base/aborts.js';
import { ValidationError } from '../../base/errors.js';
import type { PointMap } from '../../collection/point-map.js';
import type { Path } from '../../filter/path.js';
import { Legend } from './map-values.js';
import type { MapView } from './wire.js';

/** Maps that are kept; a point takes 24 bytes, twice that where tables have just grown. */
const KEPT = 4;
/** Legends of a map that are kept; a point takes a byte. */
const LEGENDS = 4;
/** Between two looks for points that came. */
const UPDATE_MS = 1_000;
/** Of more points than these a few are laid out before all: a picture in seconds. */
const DRAFTED = 60_000;
const DRAFT = 15_000;
/** Where so many wait still, the next look is at once. */
const MANY = 20_000;

interface Run {
  readonly collection: Collection;
  readonly field: string | undefined;
  /** That of its map. */
  number: number;
  readonly ending: AbortController;
  map: PointMap | undefined;
  /** Of what is being done; 1 where nothing is. */
  share: number;
  /** Whether that is a layout of all points. */
  laying: boolean;
  failed: { readonly error: unknown } | undefined;
  /** The work whose outcome counts. */
  working: symbol | undefined;
  updatedAt: number;
  /** By what its points were coloured, the last first. */
  legends: Legend[];
}

/** What a map is asked for: by the number that it was given, so that no page mixes two. */
export interface Ready {
  readonly map: PointMap;
  /** What colours mean by a path. */
  legend(path: Path): Legend;
}

type Work = (o: { signal: AbortSignal; onProgress: (share: number) => void }) => Promise<PointMap>;

export class Maps {
  #runs: Run[] = [];
  /** Another server's begin elsewhere: a page may outlive this one. */
  #number = randomInt(2 ** 40);

  constructor(closing: AbortSignal) {
    onAbort([closing], (reason) => {
      for (const { ending } of this.#runs) ending.abort(reason);
    });
  }

  /** Begins a map, or keeps it up; says how far it is. `gone`: how many of those that went the page knows of. */
  look(collection: Collection, field: string | undefined, again: boolean, gone: number): MapView {
    const run = this.#runOf(collection, field);
    const { failed } = run;
    run.failed = undefined;
    try {
      if (failed && !again) throw failed.error; // the next look tries it again
      if (!run.map || again) this.#layOut(run);
      else this.#keepUp(run);
    } catch (error) {
      // Of a field that was dropped nothing is left.
      if (!run.map || run.map.ended || !failed) this.#forget(run);
      throw error;
    }
    const { map, number, share, laying } = run;
    return {
      ...{ map: number, ready: map !== undefined, share, laying },
      points: map?.count ?? 0,
      waiting: map?.waiting ?? 0,
      patches: map?.patches ?? 0,
      laidOut: map?.laidOut ?? 0,
      gone: map?.gone.slice(gone) ?? [],
    };
  }

  /** @throws ValidationError for one that is not there any more */
  at(collection: Collection, number: unknown): Ready {
    const run = this.#runs.find((one) => one.number === number && one.collection === collection);
    const map = run?.map;
    if (!map)
      throw new ValidationError(
        'INVALID_OPTION',
        `there is no map ${number} of this collection: ask for one`,
      );
    return { map, legend: (path) => legendOf(run, map, path) };
  }

  /** The one that is there, or a new one; it is the last that the others give way to. */
  #runOf(collection: Collection, field: string | undefined): Run {
    const run = this.#runs.find((one) => one.collection === collection && one.field === field) ?? {
      ...{ collection, field, number: ++this.#number, ending: new AbortController(), map: undefined },
      ...{ share: 1, laying: false, failed: undefined, working: undefined, updatedAt: 0, legends: [] },
    };
    this.#runs = [run, ...this.#runs.filter((one) => one !== run && !one.map?.ended)];
    for (const old of this.#runs.splice(KEPT)) old.ending.abort(new Error('other maps are looked at'));
    return run;
  }

  #forget(run: Run): void {
    this.#runs = this.#runs.filter((one) => one !== run);
    run.ending.abort(new Error('it is not kept'));
  }

  /** The map of before is there until the new one is. */
  #layOut(run: Run): void {
    if (run.laying) return;
    run.laying = true;
    this.#work(run, async (o) => {
      const [{ coreOf }, { PointMap }] = await Promise.all([
        import('../../collection/collection.js'),
        import('../../collection/point-map.js'),
      ]);
      const [core, { field }] = [coreOf(run.collection), run];
      if (!run.map && core.live.rows.count > DRAFTED)
        run.map = await PointMap.layout(core, { signal: o.signal, field, limit: DRAFT });
      return PointMap.layout(core, { ...o, field, before: run.map });
    });
  }

  #keepUp(run: Run): void {
    const { map } = run;
    const due = run.updatedAt + UPDATE_MS;
    if (!map || run.share < 1 || !map.isBehind || (performance.now() < due && map.waiting < MANY)) return;
    this.#work(run, async (o) => {
      await map.update(o);
      return map.isWorn ? map.renewed() : map;
    });
  }

  /** What was begun later counts: a layout takes the place of an update. */
  #work(run: Run, work: Work): void {
    const { signal } = run.ending;
    run.share = 0;
    const own = (run.working = Symbol());
    const onProgress = (share: number): void => {
      if (run.working === own) run.share = Math.min(share, 0.999);
    };
    work({ signal, onProgress })
      .then(
        (map) => {
          if (run.working !== own) return;
          if (map !== run.map) [run.number, run.legends] = [run.map ? ++this.#number : run.number, []];
          run.map = map;
        },
        (error) => {
          if (run.working === own) run.failed = { error };
        },
      )
      .finally(() => {
        if (run.working !== own) return;
        [run.share, run.laying, run.updatedAt] = [1, false, performance.now()];
      })
      .catch(() => {});
  }
}

function legendOf(run: Run, map: PointMap, path: Path): Legend {
  const found = run.legends.find((one) => one.path.text === path.text) ?? new Legend(map, path);
  run.legends = [found, ...run.legends.filter((one) => one !== found)].slice(0, LEGENDS);
  return found;
}
