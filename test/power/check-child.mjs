/*
 * Run as a process: makes images of a disk that lost power, one after another in the order of the moments at which it
 * went, and checks each. Says on its standard output which it begins, and what is wrong with those that fail.
 *
 * Its one argument is JSON: { trace, root, from, marks, repair, seed, first, count, skip, lie, until }: what was recorded (see
 * `record`), and which images of it. Image number i of a seed is always the
 * same. `skip`: so many, in the order of the moments, are left out. `until`: it ends with the first failure that matches.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from './check.mjs';
import { Disk } from './disk.mjs';
import { marksIn, randomOf } from './operations.mjs';
import { isFound } from './power.mjs';
import { LIES, readTrace } from './trace.mjs';

const options = JSON.parse(process.argv[2]);
const { trace, root, from, marks: earlier, repair, seed, first, count, skip = 0, lie } = options;
const records = readTrace(trace, root).filter(lie === undefined ? () => true : LIES[lie].keeps);
const scratch = mkdtempSync(join(tmpdir(), 'silt-power-image-'));
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const behind = (which) => records.flatMap((record, i) => (which(record) ? [i + 1] : []));
/** Where something was just put on the disk for certain, or a name was changed; and where a write was acknowledged. */
const turns = behind(({ kind }) => /^(sync|force|rename|remove)$/.test(kind));
const acknowledged = behind(({ kind, data }) => kind === 'mark' && data.acknowledged !== undefined);
/** Behind so many records, a new database has been made. */
const BIRTH = 40;

/** When the power goes: any time, often where much can go wrong. */
function momentOf(random) {
  const chance = random();
  const one = (moments) => moments[Math.floor(random() * moments.length)];
  if (chance < 0.15) return Math.floor(random() * Math.min(BIRTH, records.length));
  if (chance < 0.35) return one(turns) - Math.floor(random() * 2);
  if (chance < 0.65) return one(acknowledged);
  return Math.floor(random() * (records.length + 1));
}

const images = Array.from({ length: count }, (_, i) => {
  const random = randomOf(seed * 1_000_003 + first + i);
  return { image: first + i, cut: momentOf(random), random };
}).sort((a, b) => a.cut - b.cut);

const before = marksIn(earlier);
const disk = new Disk(from);
let taken = 0;
for (const { image, cut, random } of images.slice(skip)) {
  for (; taken < cut; taken++) disk.take(records[taken]);
  const folder = join(scratch, String(image));
  const fate = disk.writeImage(folder, random);
  say({ image, cut, of: records.length, fate });
  const own = records.slice(0, cut).flatMap(({ kind, data }) => (kind === 'mark' ? [data] : []));
  const unrepaired = repair && !own.some(({ repaired }) => repaired);
  try {
    await check(folder, [...before, ...own], image % 4 === 0 || cut < BIRTH, unrepaired);
  } catch (error) {
    const failure = `${error.code ?? ''} ${error.message}`;
    say({ image, failure });
    if (isFound(options, failure)) break;
  }
  rmSync(folder, { recursive: true, force: true });
}
rmSync(scratch, { recursive: true, force: true });
