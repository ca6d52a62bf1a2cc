/* What colours mean, and how many points have each: a list, in which one can be looked at alone. */
import type { JSX } from 'preact';
import type { LegendEntry } from '../../server/dashboard/wire.js';
import { count } from '../format.ts';
import { NO_VALUE, NO_VALUE_OPACITY } from './palette.ts';

interface Props {
  readonly entries: readonly LegendEntry[];
  /** Points that have none of the values. */
  readonly without: number;
  readonly colours: readonly string[];
  readonly only: number | null;
  readonly onOnly: (entry: number | null) => void;
}

export function Legend({ entries, without, colours, only, onOnly }: Props): JSX.Element {
  const valued = entries.map(({ label, count: points }, at) => ({
    ...{ code: at + 1, label, points, colour: colours[at], opacity: 1 },
  }));
  const none = { code: 0, label: 'no value', points: without, colour: NO_VALUE, opacity: NO_VALUE_OPACITY };
  return (
    <ul class="map-legend" aria-label="Legend">
      {(without > 0 ? [...valued, none] : valued).map(({ code, label, points, colour, opacity }) => (
        <li key={`${code} ${label}`}>
          <button
            type="button"
            aria-pressed={only === code}
            onClick={() => onOnly(only === code ? null : code)}
          >
            <i style={{ background: colour, opacity }} aria-hidden="true" />
            <span>{label}</span>
            <span class="number">{count(points)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
