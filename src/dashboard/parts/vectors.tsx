/* Vectors, folded: how long they are, their first numbers; all of them when opened. */
import type { JSX } from 'preact';
import type { VectorView } from '../../server/dashboard/wire.js';
import { fieldName, plural } from '../format.ts';
import { Whole } from './whole.tsx';

const FIRST = 4;

function isSparse(
  view: VectorView,
): view is { readonly indices: readonly number[]; readonly values: readonly number[] } {
  return !Array.isArray(view);
}

function summary(view: VectorView): string {
  if (isSparse(view)) return plural(view.indices.length, 'index').replace(/indexs$/, 'indices');
  if (Array.isArray(view[0])) return plural(view.length, 'vector');
  const numbers = view as readonly number[];
  const first = numbers.slice(0, FIRST).map((value) => value.toPrecision(3));
  return `${count(numbers.length)} [${first.join(', ')}${numbers.length > FIRST ? ', …' : ''}]`;
}

const count = (value: number): string => plural(value, 'number');

function whole(view: VectorView): string {
  if (isSparse(view)) return JSON.stringify(view);
  return Array.isArray(view[0])
    ? `[\n${view.map((one) => JSON.stringify(one)).join(',\n')}\n]`
    : JSON.stringify(view);
}

export function Vectors({ vectors }: { vectors: Readonly<Record<string, VectorView>> }): JSX.Element {
  const all = Object.entries(vectors);
  if (all.length === 0) return <p class="quiet">No vectors.</p>;
  return (
    <div class="stack">
      {all.map(([name, view]) => (
        <details key={name}>
          <summary>
            {fieldName(name)} <span class="quiet">{summary(view)}</span>
          </summary>
          <Whole name={fieldName(name)} text={whole(view)} />
        </details>
      ))}
    </div>
  );
}
