/* A bar: how much of all is done. */
import type { JSX } from 'preact';

export function Progress({ done, all, label }: { done: number; all: number; label: string }): JSX.Element {
  const share = all === 0 ? 1 : done / all;
  // Not 100 % before it is all.
  const percent = share === 1 ? 100 : Math.min(99, Math.floor(100 * share));
  return (
    <span class="progress">
      <span
        class="bar"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <i style={{ transform: `scaleX(${share})` }} />
      </span>
      <span class="number">{percent} %</span>
    </span>
  );
}
