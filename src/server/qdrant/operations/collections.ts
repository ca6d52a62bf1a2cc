/* Creates, describes, changes and deletes collections. */
import type { CollectionConfig } from '../../../api/config.js';
import type { CollectionStatus } from '../../../api/upkeep.js';
import { NOTE } from '../../../collection/own-note.js';
import type {
  CollectionInfo,
  CollectionsResponse,
  CreateCollection,
  PayloadSchemaType,
  UpdateCollection,
} from '../api/collections.js';
import { checkUpdate, configIn, configOut, updated } from '../configs.js';
import { conflict, formatError, wrongInput } from '../errors.js';
import { checkCollectionName } from '../names.js';
import type { Note } from '../note.js';
import type { AnyOperation, Operation } from '../operation.js';
import { CREATE, UPDATE } from '../schema/collections.js';
import type { Schema } from '../schema/schema.js';
import { TIMEOUT, type Timeout } from '../schema/values.js';
import { type Change, checkKept, ofCollection } from '../settings.js';
import type { CollectionView } from '../view.js';

/** A copy to store, as JSON has it. */
function asJson<T>(value: T): T {
  try {
    return JSON.parse(JSON.stringify(value)) as T;
  } catch (error) {
    throw formatError(`what JSON cannot represent: ${(error as Error).message}`);
  }
}

/** Only the members that the schema knows: others are not stored. */
function known<T extends object>({ json }: Schema<T>, body: T): T {
  const { properties } = json as { properties: object };
  return Object.fromEntries(Object.entries(body).filter(([name]) => Object.hasOwn(properties, name))) as T;
}

export const createCollection: Operation<Timeout, CreateCollection, boolean> = {
  name: 'create_collection',
  method: 'PUT',
  path: '/collections/{collection_name}',
  summary: 'Makes a collection',
  writes: true,
  query: TIMEOUT,
  body: CREATE,
  async handle(service, { path, body }) {
    const { database, settings } = service;
    const name = path['collection_name']!;
    checkCollectionName(name);
    const given = asJson(known(CREATE, body));
    checkKept(given);
    const note: Note = { qdrant: { given, indexes: {}, aliases: [] } };
    await settings.exclusive(async () => {
      if (service.has(name)) throw conflict(`Collection \`${name}\` already exists!`);
      if (service.resolved(name) !== name)
        throw wrongInput(
          `Can't create collection with name ${name}. Alias with the same name already exists`,
        );
      await database.createCollection(name, { ...configIn(given), [NOTE]: note } as CollectionConfig);
      service.pauseAsGiven(name);
    });
    return true;
  },
};

export const getCollections: Operation<unknown, unknown, CollectionsResponse> = {
  name: 'get_collections',
  method: 'GET',
  path: '/collections',
  summary: 'Lists all collections',
  writes: false,
  handle: (service) => ({ collections: service.names().map((name) => ({ name })) }),
};

export const collectionExists: Operation<unknown, unknown, { exists: boolean }> = {
  name: 'collection_exists',
  method: 'GET',
  path: '/collections/{collection_name}/exists',
  summary: 'Says whether there is a collection or an alias of this name',
  writes: false,
  handle: (service, { path }) => {
    const name = path['collection_name']!;
    return { exists: service.has(service.resolved(name)) };
  },
};

function statusOut({ state, pending, errors }: CollectionStatus): CollectionInfo['status'] {
  if ('poison' in errors) return 'red';
  if (pending === 0) return 'green';
  return state === 'paused' ? 'grey' : 'yellow';
}

async function schemaOut({
  collection,
  settings,
}: CollectionView): Promise<CollectionInfo['payload_schema']> {
  const found = collection.info().payloadIndexes.map(async ({ path, kind }) => {
    const points = await collection.count({ filter: { must_not: [{ is_empty: { key: path } }] } });
    const params = settings && own(settings.indexes, path);
    const isOfKind = params?.type === kind;
    return [path, { data_type: kind as PayloadSchemaType, ...(isOfKind && { params }), points }] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

export const getCollection: Operation<unknown, unknown, CollectionInfo> = {
  name: 'get_collection',
  method: 'GET',
  path: '/collections/{collection_name}',
  summary: 'Describes a collection',
  writes: false,
  async handle(service, { path }) {
    const view = service.view(path['collection_name']!);
    const status = view.collection.status();
    const failure = status.errors['build'] ?? status.errors['poison'];
    const indexed = Object.values(status.fields).reduce((sum, field) => sum + field.indexed, 0);
    return {
      status: statusOut(status),
      optimizer_status: failure === undefined ? 'ok' : { error: service.told(failure) },
      indexed_vectors_count: indexed,
      points_count: status.points,
      segments_count: 1,
      // What is kept is not the caller's to change.
      config: asJson(configOut(view)),
      payload_schema: asJson(await schemaOut(view)),
    };
  },
};

/** An own property of a record. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A change of the stored settings of a collection. */
export function settingsChange(
  view: CollectionView,
  change: Partial<Pick<NonNullable<CollectionView['settings']>, 'given' | 'indexes'>>,
): Change {
  const before = view.settings ?? { given: view.given, indexes: {} };
  return {
    collection: view.name,
    to: asJson({ ...before, ...change, ...ofCollection(view.collection.info()) }),
  };
}

export const updateCollection: Operation<Timeout, UpdateCollection, boolean> = {
  name: 'update_collection',
  method: 'PATCH',
  path: '/collections/{collection_name}',
  summary: 'Changes parameters of a collection: indexing_threshold 0 pauses indexing, the rest is kept',
  writes: true,
  query: TIMEOUT,
  body: UPDATE,
  bodyOptional: true,
  async handle(service, { path, body }) {
    const name = path['collection_name']!;
    const { collection } = service.view(name);
    await service.settings.change(() => {
      const view = service.view(collection.name);
      checkUpdate(view, body);
      return [settingsChange(view, { given: updated(view.given, known(UPDATE, body)) })];
    });
    const threshold = body.optimizers_config?.indexing_threshold;
    if (threshold === 0) collection.pauseIndexing();
    else if (typeof threshold === 'number') collection.resumeIndexing();
    return true;
  },
};

export const deleteCollection: Operation<Timeout, unknown, boolean> = {
  name: 'delete_collection',
  method: 'DELETE',
  path: '/collections/{collection_name}',
  summary: 'Deletes a collection with its aliases; false where there was none',
  writes: true,
  query: TIMEOUT,
  async handle(service, { path }) {
    const name = path['collection_name']!;
    const { database, settings } = service;
    return settings.exclusive(async (commit) => {
      if (!service.has(name)) return false;
      const found = await database.dropCollection(name);
      const aliases = [...settings.aliases].filter(([, { to }]) => to === name);
      await commit([
        ...(settings.has(name) ? [{ collection: name, to: undefined }] : []),
        ...aliases.map(([alias]) => ({ alias, to: undefined })),
      ]);
      return found;
    });
  },
};

export const COLLECTION_OPERATIONS: readonly AnyOperation[] = [
  getCollections,
  getCollection,
  createCollection,
  updateCollection,
  deleteCollection,
  collectionExists,
];
