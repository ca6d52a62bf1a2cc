/* In the middle of a plane that has no points yet: how far their layout is. */
import type { JSX } from 'preact';
import type { MapData } from './data.ts';

export function Laying({ data }: { data: MapData }): JSX.Element | null {
  if (data.ready || data.failed !== null) return null;
  return <progress class="laying" max={1} value={data.share} aria-label="Laying out" />;
}
