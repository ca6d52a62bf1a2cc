/* What the signs of a drawn walk mean. */
import type { JSX } from 'preact';
import type { WalkColours } from './walk.ts';

type Sign = readonly [says: string, mark: JSX.Element];

function signsOf({ upper, lower, found, text }: WalkColours, hasUpper: boolean): Sign[] {
  const dot = (colour: string, radius: number): JSX.Element => (
    <circle cx={9} cy={9} r={radius} fill={colour} />
  );
  return [
    ['the query', <path d="M1 9h16M9 1v16" stroke={text} stroke-width={2.5} />],
    ...(hasUpper ? [['met on an upper level', dot(upper, 3)] as const] : []),
    ['met on level 0', dot(lower, 3)],
    ['larger: its links were followed', dot(lower, 6)],
    ['found', <circle cx={9} cy={9} r={7} fill="none" stroke={found} stroke-width={2} />],
  ];
}

/** `hasUpper`: whether the graph has levels above 0. */
export function WalkLegend({ colours, hasUpper }: { colours: WalkColours; hasUpper: boolean }): JSX.Element {
  return (
    <ul class="legend walk-legend" aria-label="What is drawn">
      {signsOf(colours, hasUpper).map(([says, mark]) => (
        <li key={says}>
          <svg width={18} height={18} aria-hidden="true">
            {mark}
          </svg>
          {says}
        </li>
      ))}
    </ul>
  );
}
