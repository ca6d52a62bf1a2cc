/* The requests that the server takes, by its own description, and what their bodies take. */
import type { Choice, Grammar, Spot } from '../json/complete.ts';

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

export interface Request {
  readonly method: string;
  /** With names in braces. */
  readonly path: string;
  readonly summary: string;
  readonly body: Schema | null;
}

interface Described {
  readonly summary: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export function requestsOf(document: {
  paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}): Request[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const one = operations[method];
      if (!one) return [];
      const body = one.requestBody?.content['application/json']?.schema ?? null;
      return [{ method: method.toUpperCase(), path, summary: one.summary, body }];
    }),
  );
}

/** The request that a line means, if it is a known one. */
export function requestAt(requests: readonly Request[], method: string, path: string): Request | undefined {
  const [bare = ''] = path.split('?', 1);
  const fits = (pattern: string): boolean =>
    new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(bare);
  // Of two that fit, the one with fewer names in braces is meant.
  return requests
    .filter((one) => one.method === method && fits(one.path))
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

const alternatives = (schema: Schema): readonly Schema[] => schema.anyOf?.flatMap(alternatives) ?? [schema];

/** What is described for the value that comes at a spot. */
function schemasAt(body: Schema, { levels }: Spot): readonly Schema[] {
  let here = alternatives(body);
  for (const { kind, key } of levels.slice(0, -1))
    here = here.flatMap((schema) =>
      alternatives((kind === 'array' ? schema.items : schema.properties?.[key!]) ?? {}),
    );
  return here;
}

const EMPTY: Readonly<Record<string, string>> = { object: '{|}', array: '[|]', string: '"|"' };

function member([name, schema]: readonly [string, Schema]): Choice {
  const types = alternatives(schema).map(({ type }) => type ?? '');
  const [first = ''] = types.filter((type) => type !== 'null' && type !== '');
  return {
    label: name,
    says: [...new Set(types.filter(Boolean))].join(', '),
    insert: `${JSON.stringify(name)}: ${EMPTY[first] ?? '|'}`,
  };
}

function valuesOf(schema: Schema): Choice[] {
  const all = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  const values = schema.type === 'boolean' ? [true, false] : all;
  return values.map((value) => ({ label: String(value), says: typeof value, insert: JSON.stringify(value) }));
}

/** Each label once. */
function distinct(choices: readonly Choice[]): Choice[] {
  return [...new Map(choices.map((choice) => [choice.label, choice])).values()];
}

export function bodyGrammar(body: Schema | null): Grammar {
  return (spot) => {
    const { level, wants } = spot;
    if (!body) return [];
    if (!level) return [{ label: '{ }', says: 'object', insert: '{|}' }];
    const here = schemasAt(body, spot);
    if (wants === 'key')
      return distinct(here.flatMap(({ properties = {} }) => Object.entries(properties).map(member)));
    const inner = here.flatMap((schema) =>
      alternatives((level.kind === 'array' ? schema.items : schema.properties?.[level.key!]) ?? {}),
    );
    return distinct(inner.flatMap(valuesOf));
  };
}
