/* What Silt tells whoever wants to watch it. */

/** Messages by channel. `index` is the object concerned, so that several can be told apart. */
export interface Events {
  'silt:build:start': { index: object; pending: number; threads: number };
  'silt:build:progress': {
    index: object;
    linked: number;
    total: number;
    linkedPerSecond: number;
    etaSeconds: number | null;
  };
  'silt:build:end': { index: object; linked: number; quarantined: number; seconds: number };
  'silt:build:error': { index: object; error: unknown };
  'silt:write': {
    collection: string;
    seq: number;
    inserted: number;
    replaced: number;
    deleted: number;
    updated: number;
    ms: number;
  };
  'silt:write:error': { collection: string; error: unknown };
  /** A snapshot was written. */
  'silt:snapshot': { path: string; bytes: number; seq: number; seconds: number };
  /** `collection` is '' where the folder of all snapshots cannot be used. */
  'silt:snapshot:error': { collection: string; error: unknown };
  /** A snapshot could not be used, and lies at `aside` now (where it was, if another process writes it); the graph is rebuilt. */
  'silt:snapshot:rejected': { path: string; aside: string; error: unknown };
  /** Rows of an older format are being rewritten; `rows`: so far. */
  'silt:store:upgrade': { path: string; rows: number; done: boolean };
  /** They are read as they are, and the next opening goes on with them. */
  'silt:store:upgrade:error': { path: string; error: unknown };
  /** Rows of a dropped collection (by its number) could not be taken out; it is tried again. */
  'silt:purge:error': { path: string; collection: number; error: unknown };
  /** What another process has committed could not be taken up; it is tried again. */
  'silt:follow:error': { path: string; error: unknown };
  'silt:compaction': { collection: string; rows: number; freedRows: number; seconds: number };
  'silt:compaction:error': { collection: string; error: unknown };
  /** Rows could not be taken into the payload indexes. */
  'silt:payload-index:error': { collection: string; error: unknown };
  'silt:field:error': { collection: string; error: unknown };
  /** The sample of recall that is measured after builds could not be taken. */
  'silt:recall:error': { collection: string; error: unknown };
  /** An internal error while the collection told its parts of a change; the change itself is in effect. */
  'silt:listener:error': { collection: string; error: unknown };
}

export interface Publisher {
  /** Costs nothing while nobody listens. */
  publish<E extends keyof Events>(event: E, message: Events[E]): void;
}
