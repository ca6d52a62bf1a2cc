/* What patches of payloads should do, written as plainly as can be: a path is taken apart by hand, and all is copied. */
type Json = Record<string, unknown>;
type Step = string | number | null;

export type Change =
  | { readonly kind: 'set'; readonly at: readonly Step[]; readonly values: Json }
  | { readonly kind: 'overwrite'; readonly values: Json }
  | { readonly kind: 'delete'; readonly paths: readonly (readonly Step[])[] }
  | { readonly kind: 'clear' };

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function set(node: unknown, at: readonly Step[], values: Json): unknown {
  const [step, ...rest] = at;
  if (step === undefined) {
    const kept = entriesOf(node).filter(([key]) => !Object.hasOwn(values, key));
    return Object.fromEntries([...kept, ...Object.entries(values).filter(([, value]) => value !== null)]);
  }
  if (typeof step === 'string') {
    const own = new Map(entriesOf(node));
    return Object.fromEntries(own.set(step, set(own.get(step), rest, values)));
  }
  if (!Array.isArray(node)) return [];
  return node.map((element, i) => (step === null || step === i ? set(element, rest, values) : element));
}

function without(node: unknown, path: readonly Step[]): unknown {
  const [step, ...rest] = path;
  const last = rest.length === 0;
  if (typeof step === 'string') {
    if (!isObject(node)) return node;
    const own = entriesOf(node).filter(([key]) => !last || key !== step);
    return Object.fromEntries(own.map(([key, value]) => [key, key === step ? without(value, rest) : value]));
  }
  if (!Array.isArray(node)) return node;
  if (last) return step === null ? [] : node.filter((_, i) => i !== step);
  return node.map((element, i) => (step === null || step === i ? without(element, rest) : element));
}

export function patchedBy(payload: Json | undefined, change: Change): Json | undefined {
  switch (change.kind) {
    case 'set':
      return set(payload, change.at, change.values) as Json;
    case 'overwrite':
      return change.values;
    case 'clear':
      return undefined;
    case 'delete':
      return change.paths.reduce<unknown>((left, path) => without(left, path), payload) as Json | undefined;
  }
}
