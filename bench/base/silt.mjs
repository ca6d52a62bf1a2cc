// @ts-check
// The library under test, from the build output of this repository.

/**
 * @typedef {object} Index
 * @property {number} size
 * @property {string} kernel the build of the kernel that runs: relaxed, simd or scalar
 * @property {number} memoryBytes
 * @property {(query: Float32Array, k: number, options?: { ef?: number }) => [number | bigint, number][]} search
 * @property {(pairs: Iterable<[number, Float32Array]>) => Promise<number>} insertBatchParallel
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Builder
 * @property {number} bufferLength
 * @property {number} mergeThreshold
 * @property {boolean} isBuilding
 * @property {(pairs: [number, Float32Array][]) => boolean} enqueue
 * @property {(query: Float32Array, k: number) => [number | bigint, number][]} searchBuffer
 * @property {(query: Float32Array, k: number, options?: { ef?: number }) => [number | bigint, number][]} search
 * @property {() => Promise<unknown>} triggerBuildAsync
 * @property {{ linked: number, total: number }} progress of the running build, or of the last one
 */

/** @typedef {{ id: string | number | bigint, score: number, payload?: object, vector?: Float32Array }} Hit */

/** @typedef {{ indices: ArrayLike<number>, values: ArrayLike<number> }} Sparse */

/** @typedef {Float32Array | Float32Array[] | Sparse} Value */

/** @typedef {{ id: string | number, vector?: Float32Array | Record<string, Value>, payload?: object }} UpsertPoint */

/**
 * @typedef {object} Status
 * @property {'ready' | 'indexing' | 'paused' | 'degraded'} state
 * @property {number} points
 * @property {number} indexed
 * @property {number} pending
 * @property {number} deleted
 * @property {number} masked
 * @property {number} linkedPerSecond
 * @property {number} memoryBytes
 * @property {string | null} lastError
 */

/** What a recall that is asked for rests on: of so many queries. @typedef {{ target: number, queries: number }} Aim */

/**
 * @typedef {object} Collection
 * @property {(points: UpsertPoint | UpsertPoint[],
 *   o?: { durability?: 'flushed' | 'committed' }) => Promise<{ seq: number }>} upsert
 * @property {(points: Iterable<object>) => Promise<{ written: number }>} ingest
 * @property {(ids: string[]) => Promise<{ seq: number }>} delete
 * @property {(which: string[] | { filter: object }, payload: object) => Promise<{ seq: number }>} setPayload
 * @property {(path: string, type: string) => Promise<unknown>} createPayloadIndex
 * @property {(query: Float32Array | Sparse | { text: string }, o?: { k?: number, recall?: number, ef?: number, exact?: boolean,
 *   filter?: object, withPayload?: boolean }) => Promise<Hit[]>} search
 * @property {(request: object) => Promise<Hit[]>} query
 * @property {(queries: Float32Array[], o?: { k?: number, ef?: number }) => Promise<Hit[][]>} searchBatch
 * @property {(query: Float32Array, o?: { k?: number, filter?: object }) => Promise<{ plan: string, recall?: Aim }>} explain
 * @property {(id: string) => Promise<{ vector?: Float32Array, payload?: object } | undefined>} get
 * @property {(o?: { filter?: object }) => Promise<number>} count
 * @property {() => Promise<{ linked: number, seconds: number }>} buildNow
 * @property {() => Promise<{ rows: number, freedRows: number, freedBytes: number, seconds: number }>} compact
 * @property {() => void} pauseIndexing
 * @property {() => void} resumeIndexing
 * @property {() => Status} status
 */

/** @typedef {{ m?: number, efConstruction?: number, seed?: number }} Hnsw */

/**
 * @typedef {object} CollectionConfig
 * @property {number} [dimension]
 * @property {'cosine' | 'euclidean'} [metric]
 * @property {Record<string, { dimension: number, metric: 'cosine' | 'euclidean', multi?: boolean, hnsw?: Hnsw }>} [vectors]
 * @property {Record<string, { path: string, language?: string }>} [text]
 * @property {Record<string, { modifier?: 'none' | 'idf' }>} [sparse]
 * @property {'memory' | 'disk'} [storage]
 * @property {Hnsw} [hnsw]
 * @property {{ mergeThreshold?: number, threads?: number, paused?: boolean }} [indexing]
 */

/**
 * @typedef {object} Database
 * @property {(name: string, config: CollectionConfig) => Promise<Collection>} createCollection
 * @property {(name: string) => Collection} collection
 * @property {() => { name: string, points: number }[]} collections
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Silt
 * @property {new (options: object) => Index} HnswIndex
 * @property {new (index: Index, config?: { merge_threshold: number }) => Builder} AsyncIndexBuilder
 * @property {(path?: string, options?: { closeBudgetMs?: number }) => Promise<Database>} open
 */

/** @returns {Promise<Silt>} */
export async function silt() {
  // A variable, because this folder is checked without the build output of its parent.
  const entry = new URL('../../dist/index.js', import.meta.url).href;
  return import(entry);
}
