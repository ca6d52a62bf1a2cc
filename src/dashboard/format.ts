/* Numbers and times for people. */

const WHOLE = new Intl.NumberFormat('en');

export const count = (value: number): string => WHOLE.format(Math.round(value));

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(value: number): string {
  let at = 0;
  let size = value;
  while (size >= 1_000 && at < UNITS.length - 1) {
    size /= 1_000;
    at++;
  }
  return `${at === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[at]}`;
}

export function milliseconds(value: number): string {
  if (value >= 10_000) return duration(value / 1_000);
  if (value >= 1_000) return `${(value / 1_000).toFixed(2)} s`;
  return `${value >= 100 ? Math.round(value) : value.toFixed(value >= 10 ? 1 : 2)} ms`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.round((seconds % 3_600) / 60)} min`;
}

export const plural = (value: number, one: string): string =>
  `${count(value)} ${one}${value === 1 ? '' : 's'}`;

/** The fields of a collection in words, by name. */
export interface NamedField {
  readonly name: string;
  readonly kind: 'dense' | 'multi' | 'sparse' | 'text';
  readonly says: string;
}

interface Config {
  readonly dimension: number;
  readonly metric: string;
  readonly vectors: string | Readonly<Record<string, { dimension: number; metric: string; multi: boolean }>>;
  readonly sparse?: Readonly<Record<string, { readonly modifier: string }>> | undefined;
  readonly text?: Readonly<Record<string, { readonly path: string; readonly language: string }>> | undefined;
}

export function fieldsOf({ dimension, metric, vectors, sparse = {}, text = {} }: Config): NamedField[] {
  const dense = typeof vectors === 'string' ? [] : Object.entries(vectors);
  return [
    ...(dimension > 0
      ? [{ name: '', kind: 'dense' as const, says: `${count(dimension)} numbers, ${metric}` }]
      : []),
    ...dense.map(([name, one]) => ({
      name,
      kind: one.multi ? ('multi' as const) : ('dense' as const),
      says: `${one.multi ? 'several of ' : ''}${count(one.dimension)} numbers, ${one.metric}`,
    })),
    ...Object.keys(sparse).map((name) => ({ name, kind: 'sparse' as const, says: 'sparse' })),
    ...Object.entries(text).map(([name, { path, language }]) => ({
      name,
      kind: 'text' as const,
      says: `text of ${path}${language === 'none' ? '' : `, ${language}`}`,
    })),
  ];
}

/** What the unnamed field is called. */
export const fieldName = (name: string): string => name || 'vector';
