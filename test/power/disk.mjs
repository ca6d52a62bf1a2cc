/*
 * A disk that loses power. It is told what a process asked for (trace.mjs), and says what may be on it afterwards.
 *
 * What it may do:
 * - A write that no sync of its file has followed is there, is not, or is there in part: any of the 512-byte sectors
 *   that it touched, whatever became of earlier and later writes to other sectors. A sector is as it was after one of
 *   the writes to it.
 * - The length of a file is any that it has had since the last sync. What is longer than what was written is zeros.
 * - A new name, a rename or a removal that no sync of the folder has followed is there or not, each for itself. So a
 *   file that was synced is lost with its name.
 * What it may not: lose what a completed sync or a write to a file opened with O_DSYNC has put there, nor tell of a sync
 * that it did not make, tear a sector, do the halves of a rename, change what was not written, or give zeros or other
 * files' bytes for it. Those are damage, which test/database/damaged-store.test.ts and test/faults/disk are about.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECTOR = 512;
const PAGE = 4_096;

class File {
  /** What is there for certain. */
  durable;
  /** Writes `{ at, data, size, forced }` since, in order; `size`: of the file behind it. */
  pending = [];
  size;

  constructor(bytes = Buffer.alloc(0)) {
    this.durable = bytes;
    this.size = bytes.length;
  }

  write(at, data) {
    this.size = Math.max(this.size, at + data.length);
    this.pending.push({ at, data, size: this.size, forced: false });
  }

  /** The latest write is there for certain. */
  force() {
    this.pending.at(-1).forced = true;
  }

  setLength(size) {
    const cut = Buffer.alloc(Math.max(0, this.size - size));
    this.size = size;
    this.pending.push({ at: size, data: cut, size, forced: false });
  }

  sync() {
    if (this.pending.length === 0) return;
    this.durable = this.image(() => true, this.pending.length);
    this.pending = [];
  }

  /**
   * The bytes, with the sectors of pending writes that `keeps(index, sector)`, and the length behind the first `sizes`
   * of them. What is forced is kept anyway.
   */
  image(keeps, sizes) {
    const { pending } = this;
    const last = Math.max(sizes, pending.findLastIndex(({ forced }) => forced) + 1);
    const size = last === 0 ? this.durable.length : pending[last - 1].size;
    const into = Buffer.alloc(Math.max(size, this.durable.length));
    this.durable.copy(into);
    const versions = this.#versions(keeps);
    for (const [index, { at, data }] of pending.entries()) {
      for (let done = 0; done < data.length; ) {
        const sector = Math.floor((at + done) / SECTOR);
        const bytes = Math.min(data.length - done, (sector + 1) * SECTOR - at - done);
        if ((versions.get(sector) ?? -1) >= index) data.copy(into, at + done, done, done + bytes);
        done += bytes;
      }
    }
    return into.subarray(0, size);
  }

  /** For each sector, the last of the pending writes that it has. */
  #versions(keeps) {
    const versions = new Map();
    for (const [index, { at, data, forced }] of this.pending.entries()) {
      const end = Math.ceil((at + data.length) / SECTOR);
      for (let sector = Math.floor(at / SECTOR); sector < end; sector++)
        if (forced || keeps(index, sector)) versions.set(sector, index);
    }
    return versions;
  }
}

class Folder {
  durable = new Map();
  /** Names as they are for who looks now. */
  names = new Map();
  /** Changes since the last sync: each a list of [name, file, folder, or undefined for none]. */
  pending = [];

  change(...changes) {
    this.pending.push(changes);
    for (const [name, what] of changes) set(this.names, name, what);
  }

  sync() {
    this.durable = new Map(this.names);
    this.pending = [];
  }

  image(keeps) {
    const names = new Map(this.durable);
    for (const [index, changes] of this.pending.entries())
      if (keeps(index)) for (const [name, what] of changes) set(names, name, what);
    return names;
  }
}

function set(names, name, what) {
  if (what === undefined) names.delete(name);
  else names.set(name, what);
}

/** What a folder of the machine holds, all of it on the disk for certain. */
function folderFrom(path) {
  const folder = new Folder();
  for (const name of readdirSync(path)) {
    const inside = join(path, name);
    folder.change([
      name,
      statSync(inside).isDirectory() ? folderFrom(inside) : new File(readFileSync(inside)),
    ]);
  }
  folder.sync();
  return folder;
}

export class Disk {
  #root;

  /** `from`: a folder whose contents are there from the start. */
  constructor(from) {
    this.#root = from === undefined ? new Folder() : folderFrom(from);
  }

  #find(path) {
    return path
      .split('/')
      .reduce((folder, name) => (name === '' ? folder : folder?.names.get(name)), this.#root);
  }

  #change(path, what) {
    const { folder, name } = this.#place(path);
    folder.change([name, what]);
  }

  #place(path) {
    const at = path.lastIndexOf('/');
    return { folder: this.#find(path.slice(0, Math.max(0, at))), name: path.slice(at + 1) };
  }

  /** Takes a record of a trace. */
  take({ kind, path, other, at, data }) {
    if (kind === 'create') this.#change(path, new File());
    else if (kind === 'mkdir') this.#change(path, new Folder());
    else if (kind === 'remove' && this.#find(path) !== undefined) this.#change(path, undefined);
    else if (kind === 'write') this.#find(path).write(at, data);
    else if (kind === 'force') this.#find(path).force();
    else if (kind === 'length') this.#find(path).setLength(at);
    else if (kind === 'sync') this.#find(path).sync();
    else if (kind === 'rename') this.#rename(path, other);
  }

  #rename(path, other) {
    const from = this.#place(path);
    const to = this.#place(other);
    if (from.folder !== to.folder) throw new Error(`no rename from folder to folder was expected: ${path}`);
    from.folder.change([from.name, undefined], [to.name, this.#find(path)]);
  }

  /** Writes to a folder what is on the disk if the power goes now, by chance. */
  writeImage(into, random) {
    const fate = fateOf(random);
    const write = (path, folder) => {
      mkdirSync(path);
      for (const [name, what] of folder.image(fate.names(folder.pending.length))) {
        if (what instanceof Folder) write(join(path, name), what);
        else writeFileSync(join(path, name), what.image(...fate.file(what.pending.length)));
      }
    };
    write(into, this.#root);
    return fate.name;
  }
}

const below = (random, count) => Math.floor(random() * (count + 1));

/** What becomes of writes that were not synced, by whole writes, by pages and by sectors; and of names. */
const FATES = {
  lost: () => ({ file: (count, any) => [() => false, any(count)], names: () => () => false }),
  kept: () => ({ file: (count) => [() => true, count], names: () => () => true }),
  'kept up to one that is torn': (random) => ({
    file: (count) => {
      const end = below(random, count);
      return [(index) => index < end || (index === end && random() < 0.5), end];
    },
    names: (count) => {
      const end = below(random, count);
      return (index) => index < end;
    },
  }),
  'kept by writes': (random, share) => scattered(random, share, (index) => index),
  'kept by pages': (random, share) =>
    scattered(random, share, (index, sector) => index * 2 ** 20 + Math.floor((sector * SECTOR) / PAGE)),
  'kept by sectors': (random, share) => scattered(random, share, (index, sector) => index * 2 ** 23 + sector),
};

function scattered(random, share, unitOf) {
  return {
    file: (count, any) => {
      const fates = new Map();
      return [(index, sector) => chance(random, unitOf(index, sector), fates) < share, any(count)];
    },
    names: () => () => random() < share,
  };
}

/** A number by chance, the same for the same unit. */
function chance(random, unit, fates) {
  if (!fates.has(unit)) fates.set(unit, random());
  return fates.get(unit);
}

function fateOf(random) {
  const names = Object.keys(FATES);
  const [name, nameOfNames] = [0, 1].map(() =>
    random() < 0.2 ? 'lost' : names[below(random, names.length - 1)],
  );
  const share = [0.1, 0.5, 0.9][below(random, 2)];
  // Files and folders meet with fates of their own: a name may be there and nothing in the file, and the other way round.
  const ofFiles = FATES[name](random, share);
  const ofNames = FATES[nameOfNames](random, share);
  const any = (count) => below(random, count);
  return {
    name: `writes ${name}, names ${nameOfNames}`,
    file: (count) => ofFiles.file(count, any),
    names: (count) => ofNames.names(count),
  };
}
