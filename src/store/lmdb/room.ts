/*
 * Why a disk took no more. LMDB tells it by the error of a write where that was the last thing it did. Where a write was
 * cut short it says that there was an I/O error, and of a transaction in which something failed before its end it keeps
 * no reason at all. Then the disk itself is asked.
 */
import {
  closeSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemCode } from './directory.js';

/** Less than this is no room: what LMDB gave up had begun to fill it. */
const PROBE_BYTES = 1 << 20;

/** The first pages of a new file, however large pages are. */
const FIRST_BYTES = 1 << 17;

/** What there is none of, in the words of an error; undefined where the disk still takes something. */
export function whyFull(folder: string, text: string): string | undefined {
  if (/EDQUOT|quota/i.test(text)) return QUOTA;
  if (/ENOSPC|no space/i.test(text)) return ROOM;
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < PROBE_BYTES) return ROOM;
    probe(folder, PROBE_BYTES);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EDQUOT') return QUOTA;
    if (code === 'ENOSPC') return ROOM;
  }
  return undefined;
}

const ROOM = 'no room on the disk';
const QUOTA = 'no room within the quota on the disk';

/**
 * LMDB ends the process by a signal where it cannot write the first pages of a new file.
 *
 * @throws a system error unless there is room for them
 */
export function expectRoom(folder: string): void {
  const found = statSync(join(folder, 'data.mdb'), { throwIfNoEntry: false });
  if (found === undefined || found.size === 0) probe(folder, FIRST_BYTES);
}

const PROBE = 'probe-';

/** Removes probes that are back: a loss of power may undo a removal. For who has the folder for itself. */
export function sweepProbes(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.startsWith(PROBE)) rmSync(join(folder, name), { force: true });
}

/** Writes a file as quotas count it. Nothing is left of it, even if the process is killed: it has no name by then. */
function probe(folder: string, count: number): void {
  const path = join(folder, `${PROBE}${globalThis.crypto.randomUUID()}`);
  const file = openSync(path, 'wx');
  try {
    unlinkSync(path);
    const bytes = new Uint8Array(count);
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  } finally {
    closeSync(file);
  }
}
