/*
 * Losses of power by hand, more of them than the test command tries: npm run test:power -- --images 2000 [--seed 5]
 * [--rounds 80]. Without a seed, one is drawn. What a process does on a disk depends on time too: so the trace of a run
 * that fails is kept, and the line that is printed goes through it again.
 */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildRecorder, checkImages, record } from './power.mjs';
import { LIES } from './trace.mjs';

const text = { type: 'string' };
const { values } = parseArgs({
  options: { images: text, seed: text, rounds: text, trace: text, image: text, lie: text },
});
if (values.lie !== undefined && !LIES[values.lie])
  throw new Error(`--lie is one of: ${Object.keys(LIES).join('; ')}`);
const seed = Number(values.seed ?? randomInt(2 ** 31));
/** Images of one recording. */
const EACH = 500;

let failed = 0;
async function run(recorded, first, count, own) {
  const failures = await checkImages({ ...recorded, seed: own, first, count, lie: values.lie });
  for (const { image, cut, of, fate, failure } of failures) {
    failed++;
    console.log(`image ${image}, power lost behind record ${cut} of ${of}, ${fate}: ${failure}`);
    const lie = values.lie === undefined ? '' : ` --lie '${values.lie}'`;
    console.log(`  npm run test:power -- --trace ${recorded.trace} --seed ${own} --image ${image}${lie}`);
  }
  return failures.length;
}

if (values.trace !== undefined) {
  const recorded = { trace: values.trace, root: join(dirname(values.trace), 'disk') };
  const one = values.image === undefined ? [0, Number(values.images ?? EACH)] : [Number(values.image), 1];
  await run(recorded, ...one, seed);
} else {
  const images = Number(values.images ?? 2_000);
  for (let done = 0; done < images; done += EACH) {
    const own = seed + done / EACH;
    const folder = mkdtempSync(join(tmpdir(), 'silt-power-'));
    const recorded = record(folder, buildRecorder(folder), 'workload.mjs', [
      String(own),
      values.rounds ?? '80',
    ]);
    const count = Math.min(EACH, images - done);
    const bad = await run(recorded, 0, count, own);
    console.log(`seed ${own}: ${count} images, ${bad} failed`);
    if (bad === 0) rmSync(folder, { recursive: true });
  }
}
process.exitCode = failed === 0 ? 0 : 1;
