/* A value of a payload in a cell of a table: one line, cut where it is long. */
import type { JSX } from 'preact';

const LENGTH = 80;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LENGTH ? `${text.slice(0, LENGTH)}…` : text;
}

export function Cell({ value }: { value: unknown }): JSX.Element {
  if (value === undefined) return <td />;
  const isNumber = typeof value === 'number';
  return (
    <td class={isNumber ? 'number' : `cell${typeof value === 'object' ? ' mono' : ''}`}>{shown(value)}</td>
  );
}

/** The members of payloads that most have, in the order of the first. */
export function columnsOf(payloads: readonly (object | null)[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const payload of payloads)
    for (const key of Object.keys(payload ?? {})) counts.set(key, (counts.get(key) ?? 0) + 1);
  const often = [...counts].sort(([, a], [, b]) => b - a).slice(0, most);
  const kept = new Set(often.map(([key]) => key));
  return [...counts.keys()].filter((key) => kept.has(key));
}
