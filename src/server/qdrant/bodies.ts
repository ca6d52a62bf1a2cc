/* Bodies as clients may write them: by other names of members, which Qdrant takes too, and with shard keys, which nothing here has. */
import type { ShardKeySelector } from './api/values.js';
import { formatError, wrongInput } from './errors.js';

/** What members are called as well. */
const OTHER_NAMES = [
  ['with_vectors', 'with_vector'],
  ['top', 'limit'],
] as const;

type Values = Readonly<Record<string, unknown>>;

interface Shape {
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A body with members under the names of its schema, in each search of a batch, too.
 *
 * @throws QdrantError 400 for a member that is given twice
 */
export function named(body: unknown, { properties }: Shape): unknown {
  if (!isObject(body) || !properties) return body;
  let out = body;
  for (const [other, name] of OTHER_NAMES) {
    if (!Object.hasOwn(body, other) || Object.hasOwn(properties, other) || !Object.hasOwn(properties, name))
      continue;
    if (Object.hasOwn(body, name)) throw formatError(`duplicate field \`${name}\``);
    const { [other]: value, ...others } = out;
    out = { ...others, [name]: value };
  }
  const each = properties['searches']?.items;
  const { searches } = out;
  if (!each || !Array.isArray(searches)) return out;
  return { ...out, searches: searches.map((search) => named(search, each)) };
}

interface OfShard {
  readonly shard_key?: ShardKeySelector | null;
}

/**
 * There is one shard, and it has no key.
 *
 * @throws QdrantError 400 for a key, as Qdrant does where shards have none
 */
export function checkShardKey({ shard_key }: OfShard): void {
  if (shard_key === undefined || shard_key === null) return;
  const key = isObject(shard_key) ? shard_key['target'] : [shard_key].flat()[0];
  throw wrongInput(`Shard key ${JSON.stringify(key ?? [])} not found`);
}

const knows = ({ anyOf, properties }: Shape, name: string): boolean =>
  anyOf?.some((one) => knows(one, name)) ?? Object.hasOwn(properties ?? {}, name);

/**
 * The same for all that a checked body asks for. What its schema does not know is ignored, and may be anything.
 *
 * @throws QdrantError 400
 */
export function checkShardKeys(body: object, shape: Shape): void {
  const { searches, operations } = body as { searches: OfShard[]; operations: Record<string, OfShard>[] };
  if (knows(shape, 'shard_key')) checkShardKey(body);
  if (knows(shape, 'searches')) for (const search of searches) checkShardKey(search);
  if (!knows(shape, 'operations')) return;
  for (const operation of operations)
    for (const part of Object.values(operation)) if (isObject(part)) checkShardKey(part);
}
