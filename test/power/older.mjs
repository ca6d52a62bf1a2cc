/* Closed databases, below Silt: as earlier releases wrote them, and with damaged entries of ids. */
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { checksum } from '#silt/store/lmdb/checksum.js';
import { firstKey, newRowKey, rowOfKey } from '#silt/store/lmdb/keys.js';
import { FieldSpan, RowCodec, rowBytes } from '#silt/store/row.js';

async function withEnvironment(path, use) {
  const env = openLmdb({ path: join(path, 'store'), noSubdir: false, maxDbs: 4, encoding: 'binary' });
  const table = (name) => env.openDB({ name, encoding: 'binary', keyEncoding: 'binary' });
  try {
    await env.transactionSync(() => use(table('records'), table('rows'), table('ids')));
  } finally {
    await env.close();
  }
}

function setVersion(records, version) {
  const identity = Buffer.from('identity');
  const { uuid } = JSON.parse(records.getBinary(identity).toString());
  records.putSync(identity, Buffer.from(JSON.stringify({ version, uuid })));
  // There was no log before version 3.
  for (const key of [...records.getKeys()]) if (/^log(\/|$)/.test(key.toString())) records.removeSync(key);
}

/** There were no patches before version 4: rows have the payloads that they are patched to. */
function applyPatches(records, rows) {
  const codec = new RowCodec(checksum);
  for (const { key, value } of [...rows.getRange({ start: firstKey(2 ** 31) })]) {
    const [patches, row] = [key.readUInt32BE(0), rowOfKey(key)];
    const collection = patches - 2 ** 31;
    const own = newRowKey(collection, row);
    const vector = [new FieldSpan(0, Buffer.from(codec.vector(rows.getBinary(own), collection, row)))];
    const { id, payload } = codec.point(value, patches, row);
    const into = Buffer.alloc(rowBytes(id, payload, vector));
    rows.putSync(own, codec.write(into, collection, row, id, payload, vector));
    rows.removeSync(key);
    const counts = Buffer.from(`counts/${collection}`);
    const { patched: _, ...rest } = JSON.parse(records.getBinary(counts).toString());
    records.putSync(counts, Buffer.from(JSON.stringify(rest)));
  }
}

/** Rewrites a closed database as the release before store format 2 would have written it. */
export function toFormat1(path) {
  const codec = new RowCodec(checksum);
  return withEnvironment(path, (records, rows) => {
    applyPatches(records, rows);
    for (const { key, value } of [...rows.getRange()]) {
      const [collection, row] = [key.readUInt32BE(0), Number(key.readBigUInt64BE(4))];
      const { id, payload } = codec.point(value, collection, row);
      const lengths = Buffer.alloc(6);
      lengths.writeUInt16LE(id.length, 0);
      lengths.writeUInt32LE(payload.length, 2);
      rows.putSync(key, Buffer.concat([lengths, id, payload, codec.vector(value, collection, row)]));
    }
    setVersion(records, 1);
  });
}

/** The same for the release of store format 2. */
export function toFormat2(path) {
  return withEnvironment(path, (records, rows) => {
    applyPatches(records, rows);
    setVersion(records, 2);
  });
}

/** Every third entry of an id is gone, names the row of another point or one that is not there, or has other bytes. */
export function damageIds(path) {
  return withEnvironment(path, (_, __, ids) => {
    const entries = [...ids.getRange()].map(({ key, value }) => [Buffer.from(key), Buffer.from(value)]);
    for (const [i, [key]] of entries.entries()) {
      if (i % 3 !== 0) continue;
      const missing = Buffer.alloc(8);
      missing.writeDoubleLE(1e9);
      const values = [undefined, entries[(i + 1) % entries.length][1], missing, Buffer.from('other')];
      const value = values[(i / 3) % values.length];
      if (value === undefined) ids.removeSync(key);
      else ids.putSync(key, value);
    }
  });
}
