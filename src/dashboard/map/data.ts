/* The map of a collection as the server has it: asked for again and again while the page is seen. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { MapView } from '../../server/dashboard/wire.js';
import { bytesOf, call, messageOf } from '../api.ts';

const BUSY_MS = 300;
const REST_MS = 1_500;

export interface MapData {
  /** Another one where points have other numbers: what is known by numbers is to be forgotten. */
  readonly map: number;
  readonly ready: boolean;
  readonly share: number;
  readonly laying: boolean;
  readonly waiting: number;
  readonly patches: number;
  /** Points that there were when it was laid out. */
  readonly laidOut: number;
  readonly xy: Float32Array;
  readonly gone: ReadonlySet<number>;
  readonly failed: string | null;
  readonly again: () => void;
}

interface State extends Omit<MapData, 'again'> {}

const EMPTY: State = {
  ...{ map: 0, ready: false, share: 0, laying: false, waiting: 0, patches: 0, laidOut: 0, failed: null },
  ...{ xy: new Float32Array(0), gone: new Set<number>() },
};

function joined(before: Float32Array, more: Float32Array): Float32Array {
  const all = new Float32Array(before.length + more.length);
  all.set(before);
  all.set(more, before.length);
  return all;
}

async function newState(
  collection: string,
  before: State,
  body: object,
  signal: AbortSignal,
): Promise<State> {
  const view = await call<MapView>(collection, 'map', { ...body, gone: before.gone.size }, { signal });
  const isSame = view.map === before.map;
  const known = isSame ? before : EMPTY;
  // Those that went are told from the number on that the page knows: of another map, all.
  const told = isSame || before.gone.size === 0 ? view.gone : [];
  const missing = view.points - known.xy.length / 2;
  const more =
    missing > 0
      ? await bytesOf(collection, 'map-places', { map: view.map, from: known.xy.length / 2 }, signal)
      : null;
  const { map, ready, share, laying, waiting, patches, laidOut } = view;
  return {
    ...{ map, ready, share, laying, waiting, patches, laidOut, failed: null },
    xy: more ? joined(known.xy, new Float32Array(more)) : known.xy,
    gone: told.length > 0 ? new Set([...known.gone, ...told]) : known.gone,
  };
}

const isSame = (a: State, b: State): boolean =>
  (Object.keys(a) as (keyof State)[]).every((key) => a[key] === b[key]);

/** `field`: undefined for the first one. */
export function useMap(collection: string, field: string | undefined): MapData {
  const [state, setState] = useState<State>(EMPTY);
  const current = useRef<State>(EMPTY);
  const again = useRef(false);
  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    current.current = EMPTY;
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      const body = { field, ...(again.current && { again: true }) };
      again.current = false;
      const next = await newState(collection, current.current, body, leaving.signal);
      if (!isSame(current.current, next)) setState((current.current = next));
    };
    const run = (): void => {
      look()
        .catch((error) => {
          // What was seen last stays on the screen.
          if (!leaving.signal.aborted)
            setState((current.current = { ...current.current, failed: messageOf(error) }));
        })
        .finally(() => {
          const { ready, share, failed } = current.current;
          const rests = document.hidden || failed !== null || (ready && share === 1);
          if (!leaving.signal.aborted) timer = setTimeout(run, rests ? REST_MS : BUSY_MS);
        })
        .catch(() => {});
    };
    run();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [collection, field]);
  return { ...state, again: () => (again.current = true) };
}
