/* What points are coloured by: asked for when points come and payloads change, one request at a time. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ColoursView, LegendEntry } from '../../server/dashboard/wire.js';
import { call } from '../api.ts';
import type { MapData } from './data.ts';

const AGAIN_MS = 2_000;

export interface Colours {
  readonly path: string;
  readonly entries: readonly LegendEntry[];
  readonly ranges: boolean;
  readonly codes: Uint8Array;
  /** Another one where the entries mean something else. */
  readonly edition: number;
}

interface Known extends Colours {
  readonly map: number;
  readonly changes: number;
}

function bytesIn(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

async function newColours(
  collection: string,
  of: { readonly map: number; readonly path: string },
  known: Known | null,
  signal: AbortSignal,
): Promise<Known> {
  const has = known
    ? { edition: known.edition, from: known.codes.length, changes: known.changes }
    : { edition: null };
  const view = await call<ColoursView>(collection, 'map-colours', { ...of, ...has }, { signal });
  const { edition, entries, ranges, from, changes, changed } = view;
  const more = bytesIn(view.codes);
  const codes = new Uint8Array(from + more.length);
  if (known) codes.set(known.codes.subarray(0, from));
  codes.set(more, from);
  const others = bytesIn(changed.codes);
  for (const [i, number] of changed.numbers.entries()) codes[number] = others[i]!;
  return { ...of, edition, entries, ranges, changes, codes };
}

export function useColours(
  collection: string,
  { map, xy, patches, gone, ready }: MapData,
  path: string,
): Colours | null {
  const [colours, setColours] = useState<Known | null>(null);
  /** What they depend on. */
  const stamp = `${xy.length} ${gone.size} ${patches}`;
  const newest = useRef(stamp);
  newest.current = stamp;
  const wake = useRef(() => {});
  useEffect(() => {
    setColours(null);
    if (path === '' || !ready) return undefined;
    const leaving = new AbortController();
    const { signal } = leaving;
    let timer: ReturnType<typeof setTimeout>;
    let known: Known | null = null;
    let [asked, busy] = ['', false];
    const ask = async (): Promise<void> => {
      while (asked !== newest.current) {
        asked = newest.current;
        known = await newColours(collection, { map, path }, known, signal);
        setColours(known);
      }
    };
    const run = (): void => {
      if (busy || signal.aborted) return;
      busy = true;
      ask()
        .catch(() => {
          asked = ''; // of a map that is gone, the next look brings another
          if (!signal.aborted) timer = setTimeout(run, AGAIN_MS);
        })
        .finally(() => {
          busy = false;
        })
        .catch(() => {});
    };
    wake.current = run;
    run();
    return () => {
      leaving.abort();
      clearTimeout(timer);
      wake.current = () => {};
    };
  }, [collection, map, ready, path]);
  useEffect(() => wake.current(), [stamp]);
  return colours?.path === path && colours.map === map ? colours : null;
}
