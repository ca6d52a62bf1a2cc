/* A part of a payload: what some paths lead to, or all but that. A copy; what it shares with the payload nobody else has. */
import type { Payload, PayloadChoice } from '../../api/points.js';
import { show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { type Path, parsePath } from '../../filter/path.js';

/** Where paths go from one value on. */
interface Node {
  /** A path ends here: all of the value is meant. */
  whole: boolean;
  readonly keys: Map<string, Node>;
  /** Elements of an array, by their positions, and all of them. */
  readonly at: Map<number, Node>;
  each: Node | undefined;
}

export interface Projection {
  readonly root: Node;
  /** Keeps what the paths lead to; else it is left out. */
  readonly keeps: boolean;
}

const newNode = (): Node => ({ whole: false, keys: new Map(), at: new Map(), each: undefined });

function under<K>(nodes: Map<K, Node>, key: K): Node {
  const node = nodes.get(key) ?? newNode();
  nodes.set(key, node);
  return node;
}

function add(root: Node, { steps }: Path): void {
  let node = root;
  for (const step of steps) {
    if (step === 'each') {
      node.each ??= newNode();
      node = node.each;
    } else node = 'at' in step ? under(node.at, step.at) : under(node.keys, step.key);
  }
  node.whole = true;
}

const EXPECTED = 'true, false, or one of { include: paths } and { exclude: paths }';

/** What `withPayload` asks for. @throws ValidationError */
export function projectionOf(name: string, given: PayloadChoice): boolean | Projection {
  if (typeof given === 'boolean') return given;
  const { include, exclude, ...others } = given as { include?: unknown; exclude?: unknown };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined || (include === undefined) === (exclude === undefined))
    throw new ValidationError(
      'INVALID_OPTION',
      `${name} must be ${EXPECTED}; got ${unknown === undefined ? (include === undefined ? 'neither' : 'both') : `the member ${JSON.stringify(unknown)}`}`,
    );
  const paths: unknown = include ?? exclude;
  const place = `${name}.${include === undefined ? 'exclude' : 'include'}`;
  if (!Array.isArray(paths))
    throw new ValidationError('INVALID_OPTION', `${place} must be an array of paths, got ${show(paths)}`);
  const root = newNode();
  for (const [i, path] of [...paths].entries())
    add(root, parsePath(path, `${place}[${i}]`, 'INVALID_OPTION'));
  return { root, keeps: include !== undefined };
}

export function projected(payload: Payload, { root, keeps }: Projection): Payload {
  return ((keeps ? kept(payload, root) : without(payload, root)) ?? {}) as Payload;
}

/** Undefined where no path leads into the value. */
function kept(value: unknown, node: Node): unknown {
  if (node.whole) return value;
  if (Array.isArray(value)) {
    if (node.at.size === 0 && !node.each) return undefined;
    const parts = value.flatMap((element: unknown, i) => {
      const at = node.at.get(i);
      const inner = at && node.each ? merged(at, node.each) : (at ?? node.each);
      const part = inner && kept(element, inner);
      return part === undefined ? [] : [part];
    });
    return parts.length === 0 && value.length > 0 ? undefined : parts;
  }
  if (typeof value !== 'object' || value === null || node.keys.size === 0) return undefined;
  const parts = Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const inner = node.keys.get(key);
    const part = inner && kept(member, inner);
    return part === undefined ? [] : [[key, part] as const];
  });
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}

/** Where the paths of both go on. */
function merged(a: Node, b: Node): Node {
  const both = <K>(one: Map<K, Node>, other: Map<K, Node>): Map<K, Node> => {
    const nodes = new Map(one);
    for (const [key, node] of other) {
      const there = nodes.get(key);
      nodes.set(key, there ? merged(there, node) : node);
    }
    return nodes;
  };
  const each = a.each && b.each ? merged(a.each, b.each) : (a.each ?? b.each);
  return { whole: a.whole || b.whole, keys: both(a.keys, b.keys), at: both(a.at, b.at), each };
}

function without(value: unknown, node: Node): unknown {
  if (Array.isArray(value))
    return value.flatMap((element: unknown, i) => {
      const nodes = [node.at.get(i), node.each].filter((inner) => inner !== undefined);
      if (nodes.some(({ whole }) => whole)) return [];
      return [nodes.reduce((part, inner) => without(part, inner), element)];
    });
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const inner = node.keys.get(key);
    if (inner?.whole) return [];
    return [[key, inner ? without(member, inner) : member] as const];
  });
  return Object.fromEntries(parts);
}
