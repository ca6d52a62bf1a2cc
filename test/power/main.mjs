/*
 * Losses of power by hand, more of them than the test command tries: npm run test:power -- --images 2000 [--seed 5]
 * [--rounds 80] [--kind 'format 1']: over the upgrade of a database of that format, or the repair of 'damaged ids'. Without
 * a seed, one is drawn. What a process does on a disk depends on time too: so the trace of a run
 * that fails is kept, and the line that is printed goes through it again.
 */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildRecorder, checkImages, KINDS, record, recordedIn } from './power.mjs';
import { LIES } from './trace.mjs';

const text = { type: 'string' };
const { values } = parseArgs({
  options: { images: text, seed: text, rounds: text, trace: text, image: text, lie: text, kind: text },
});
if (values.lie !== undefined && !LIES[values.lie])
  throw new Error(`--lie is one of: ${Object.keys(LIES).join('; ')}`);
if (values.kind !== undefined && !KINDS.includes(values.kind))
  throw new Error(`--kind is one of: ${KINDS.join('; ')}`);
const seed = Number(values.seed ?? randomInt(2 ** 31));
/** Images of one recording. */
const EACH = 500;

let failed = 0;
async function run(recorded, first, count, own) {
  const failures = await checkImages({ ...recorded, seed: own, first, count, lie: values.lie });
  for (const { image, cut, of, fate, failure } of failures) {
    failed++;
    console.log(`image ${image}, power lost behind record ${cut} of ${of}, ${fate}: ${failure}`);
    const more = ['lie', 'kind'].flatMap((name) => (values[name] ? ` --${name} '${values[name]}'` : []));
    console.log(
      `  npm run test:power -- --trace ${recorded.trace} --seed ${own} --image ${image}${more.join('')}`,
    );
  }
  return failures.length;
}

if (values.trace !== undefined) {
  const recorded = recordedIn(dirname(values.trace), values.kind);
  const one = values.image === undefined ? [0, Number(values.images ?? EACH)] : [Number(values.image), 1];
  await run(recorded, ...one, seed);
} else {
  const images = Number(values.images ?? 2_000);
  for (let done = 0; done < images; done += EACH) {
    const own = seed + done / EACH;
    const folder = mkdtempSync(join(tmpdir(), 'silt-power-'));
    const rounds = Number(values.rounds ?? 80);
    const recorded = await record(folder, buildRecorder(folder), { seed: own, rounds, kind: values.kind });
    const count = Math.min(EACH, images - done);
    const bad = await run(recorded, 0, count, own);
    console.log(`seed ${own}: ${count} images, ${bad} failed`);
    if (bad === 0) rmSync(folder, { recursive: true });
  }
}
process.exitCode = failed === 0 ? 0 : 1;
