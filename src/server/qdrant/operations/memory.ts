/* The memory of a collection by its parts, in the shape that Qdrant's web page draws. */
import type { CollectionMemory, MemoryUsage } from '../api/service.js';
import type { Operation } from '../operation.js';

/** Silt knows what it holds in memory. Its files belong to the whole database, so there are no numbers by collection. */
const held = (bytes: number): MemoryUsage => ({
  disk_bytes: 0,
  ram_bytes: bytes,
  cached_bytes: 0,
  expected_cache_bytes: 0,
});

export const memory: Operation<unknown, unknown, CollectionMemory> = {
  name: 'collection_memory',
  method: 'GET',
  path: '/collections/{collection_name}/memory',
  summary: 'Bytes that a collection takes in memory, by vector',
  writes: false,
  handle(service, { path }) {
    const view = service.view(path['collection_name']!);
    const { fields, memoryBytes } = view.collection.status();
    const report: CollectionMemory = {
      total: held(memoryBytes),
      vectors: [],
      sparse_vectors: [],
      payload: held(0),
      payload_index: [],
      other: { id_tracker: held(0) },
    };
    let rest = memoryBytes;
    for (const { name, field, kind } of view.vectors.values()) {
      const bytes = fields[field]?.memoryBytes ?? 0;
      rest -= bytes;
      const part = { name, storage: held(0), index: held(bytes) };
      if (kind === 'sparse') report.sparse_vectors.push(part);
      else report.vectors.push(part);
    }
    for (const [name, { kind, memoryBytes: bytes }] of Object.entries(fields)) {
      if (kind !== 'text') continue;
      rest -= bytes;
      report.payload_index.push({ name, usage: held(bytes) });
    }
    // The rest are the slots, which map points to rows.
    report.other.id_tracker = held(Math.max(0, rest));
    return report;
  },
};
