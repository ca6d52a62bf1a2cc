/*
 * Fault hooks: named places in the life of a write at which a test can let an operation fail, or end the thread or the
 * process. They are armed through the platform object alone, which the entry of the package gives to nobody: neither the
 * environment nor an option of the public api can set one off.
 */

/** In the life of a write, a snapshot and a compaction. */
export const CRASH_PLACES = [
  'transaction',
  'written',
  'committed',
  'published',
  'acknowledged',
  'snapshotBegun',
  'snapshotWritten',
  'snapshotSynced',
  'snapshotRenamed',
  'compacted',
] as const;
export type CrashPlace = (typeof CRASH_PLACES)[number];

/** What writing a file comes to, one after another. */
export type FileOperation = 'open' | 'write' | 'sync' | 'close' | 'rename' | 'syncFolder';

/** Ends the thread that passes a place for the `passes`-th time (0: the first), or the whole process. */
export interface Armed {
  readonly place: CrashPlace;
  readonly passes: number;
  readonly ends: 'thread' | 'process';
}

export interface Faults {
  /** Called at each place that is passed. */
  crash: ((place: CrashPlace) => void) | undefined;
  /** Called before each operation on a file that is written whole: what it throws, that fails with. */
  file: ((operation: FileOperation) => void) | undefined;
  /** Called before a worker thread is started, likewise. */
  thread: (() => void) | undefined;
  /** Copied to the thread that writes a store, when that starts. */
  armed: Armed | undefined;
  /** Ends this thread or the process, as SIGKILL does. */
  end(what: 'thread' | 'process'): never;
}
