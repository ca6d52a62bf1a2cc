/* What colours mean, and how many points have each: a list, in which one can be looked at alone. */
import type { JSX } from 'preact';
import type { LegendEntry } from '../../server/dashboard/wire.js';
import { count } from '../format.ts';

interface Props {
  readonly entries: readonly LegendEntry[];
  readonly colours: readonly string[];
  readonly only: number | null;
  readonly onOnly: (entry: number | null) => void;
}

export function Legend({ entries, colours, only, onOnly }: Props): JSX.Element {
  return (
    <ul class="map-legend" aria-label="Legend">
      {entries.map(({ label, count: points }, at) => (
        <li key={`${at} ${label}`}>
          <button
            type="button"
            aria-pressed={only === at + 1}
            onClick={() => onOnly(only === at + 1 ? null : at + 1)}
          >
            <i style={{ background: colours[at] }} aria-hidden="true" />
            <span>{label}</span>
            <span class="number">{count(points)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
