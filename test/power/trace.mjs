/* Reads what test/support/record-disk.c wrote down. */
import { readFileSync } from 'node:fs';

const KINDS = ['', 'create', 'write', 'length', 'sync', 'rename', 'remove', 'mkdir', 'mark', 'map'];
const HEAD_BYTES = 18;
const AT_ONCE = 1;

/**
 * The records of a trace, in order: `{ kind, path, other, at, data }`. Paths are relative to `root`. A write to a file
 * that was opened so that each write is on the disk when it returns is followed by a record `force`, for the power may
 * go in between. A mark's `data` is what its line says.
 */
export function readTrace(file, root) {
  const bytes = readFileSync(file);
  const relative = (path) => (path === '' ? '' : path.slice(root.length + 1));
  const records = [];
  for (let at = 0; at < bytes.length; ) {
    const [path, other] = [bytes.readUInt16LE(at + 2), bytes.readUInt16LE(at + 4)];
    const size = bytes.readUInt32LE(at + 6);
    const paths = at + HEAD_BYTES;
    const data = bytes.subarray(paths + path + other, paths + path + other + size);
    const kind = KINDS[bytes[at]];
    const record = {
      kind,
      path: relative(bytes.toString('utf8', paths, paths + path)),
      other: relative(bytes.toString('utf8', paths + path, paths + path + other)),
      at: Number(bytes.readBigUInt64LE(at + 10)),
      data: kind === 'mark' ? JSON.parse(data.toString()) : data,
    };
    records.push(record);
    if (bytes[at + 1] === AT_ONCE) records.push({ ...record, kind: 'force' });
    at = paths + path + other + size;
  }
  return records;
}

const isData = ({ path }) => path.endsWith('/data.mdb');

const POINTS =
  /against what was acknowledged: .*(missing|back from the dead|of another version) [1-9]|collection \w+ is lost/;

/**
 * Machines that do not do what a program asks for: which records are left out (`keeps` says which stay), and what an
 * image must fail with, because acknowledged writes are lost by it.
 */
export const LIES = {
  'data is not synced': {
    keeps: (record) => record.kind !== 'sync' || !isData(record),
    loses: /^DATABASE_INVALID .*data\.mdb is not a store file|^DATABASE_INVALID the store .* is damaged/,
  },
  'what makes a commit the latest is not written at once': {
    keeps: (record) => record.kind !== 'force',
    loses: POINTS,
  },
  'new names are not synced': {
    keeps: (record) => record.kind !== 'sync' || /\.(mdb|tmp)$/.test(record.path),
    loses: /^ collection \w+ is lost/,
  },
};
