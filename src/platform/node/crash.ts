/*
 * Crash hooks: named places in the life of a write at which a test can kill the process, as SIGKILL does, or end
 * the thread. They exist for tests alone, which arm one by the environment that a thread starts with:
 * SILT_CRASH_AT=<place>[:<how many times to pass it>[:thread]].
 */

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

const [armed, passes, whole] = (process.env['SILT_CRASH_AT'] ?? '').split(':');
let left = Number(passes ?? 0);

/** Ends process or thread here if a test wants that. */
export function crashAt(place: CrashPlace): void {
  if (armed !== place || left-- > 0) return;
  if (whole === 'thread') process.exit(1);
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way; nothing may happen meanwhile.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}
