/* Payload indexes. */
import type { IndexKind } from '../../../api/upkeep.js';
import { parsePath } from '../../../filter/path.js';
import type { CreateFieldIndex, PayloadSchemaParams } from '../api/collections.js';
import type { UpdateResult, WriteParams } from '../api/values.js';
import { unsupported, wrongInput } from '../errors.js';
import type { AnyOperation, Operation } from '../operation.js';
import { INDEX } from '../schema/collections.js';
import { WRITE_PARAMS } from '../schema/values.js';
import type { Change } from '../settings.js';
import type { CollectionView } from '../view.js';
import { updateOut } from '../writes.js';
import { own, settingsChange } from './collections.js';

/**
 * Silt splits text into words at everything that is not a letter or digit, and folds case. An index that asks for other words would
 * match other points, so it is refused.
 */
function checkText(params: PayloadSchemaParams): void {
  const { tokenizer, lowercase, ascii_folding, stemmer, stopwords } = params;
  const asks =
    (tokenizer !== undefined && tokenizer !== null && tokenizer !== 'word' && `the tokenizer ${tokenizer}`) ||
    (lowercase === false && 'upper case') ||
    (ascii_folding && 'ascii_folding') ||
    (stemmer && (stemmer as { type?: string }).type !== 'none' && 'stemmer') ||
    (hasWords(stopwords) && 'stopwords');
  if (asks) throw unsupported(`a text index with ${asks}: words are as they stand, in lower case`);
}

/** A language, or languages and words of one's own. */
const hasWords = (stopwords: unknown): boolean =>
  typeof stopwords === 'string' ||
  Object.values(stopwords ?? {}).some((list) => (list as string[] | null)?.length);

/** What changes where the index of a field has these parameters from now on, or none. */
function paramsChange(
  view: CollectionView,
  field: string,
  params: PayloadSchemaParams | undefined,
): readonly Change[] {
  const indexes = view.settings?.indexes ?? {};
  if (!params && !own(indexes, field)) return [];
  const { [field]: _, ...others } = indexes;
  return [settingsChange(view, { indexes: params ? { ...others, [field]: params } : others })];
}

export const createIndex: Operation<WriteParams, CreateFieldIndex, UpdateResult> = {
  name: 'create_field_index',
  method: 'PUT',
  path: '/collections/{collection_name}/index',
  summary: 'Makes an index of the values at a path of the payloads, in place of one of another kind',
  writes: true,
  query: WRITE_PARAMS,
  body: INDEX,
  async handle(service, { path, query, body }) {
    const name = path['collection_name']!;
    const view = service.view(name);
    const { collection } = view;
    const { field_name, field_schema } = body;
    if (!field_schema)
      throw wrongInput(`Field type of \`${field_name}\` is not given: field_schema says which it is`);
    const params = typeof field_schema === 'string' ? undefined : field_schema;
    const kind = (params?.type ?? field_schema) as IndexKind;
    if (kind === 'text' && params) checkText(params);
    // The same path may be written in several ways.
    const field = parsePath(field_name, 'field_name', 'INVALID_OPTION').text;
    // First, so that an index never lacks its parameters. Those of one that is not there, or of another kind, are not told.
    await service.settings.change(() => paramsChange(service.view(collection.name), field, params));
    const before = view.indexes().get(field);
    if (before !== undefined && before !== kind) await collection.dropPayloadIndex(field);
    await collection.createPayloadIndex(field, kind);
    return updateOut(query, collection.info());
  },
};

export const deleteIndex: Operation<WriteParams, unknown, UpdateResult> = {
  name: 'delete_field_index',
  method: 'DELETE',
  path: '/collections/{collection_name}/index/{field_name}',
  summary: 'Deletes an index of payloads',
  writes: true,
  query: WRITE_PARAMS,
  async handle(service, { path, query }) {
    const name = path['collection_name']!;
    const field = parsePath(path['field_name']!, 'field_name', 'INVALID_OPTION').text;
    const { collection } = service.view(name);
    await collection.dropPayloadIndex(field);
    await service.settings.change(() => paramsChange(service.view(collection.name), field, undefined));
    return updateOut(query, collection.info());
  },
};

export const INDEX_OPERATIONS: readonly AnyOperation[] = [createIndex, deleteIndex];
