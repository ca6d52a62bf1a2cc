/*
 * Run as a process: flushSync while a linker dies at a step. Which thread reaches the step first is chance; where
 * it is the calling thread, the step is armed again further on. Exit code 1: no other thread ever reached it.
 */
import { ArenaBuild } from '#silt/hnsw/build/arena-build.js';
import { armStep, stepHits } from '#silt/hnsw/build/fault-points.js';
import { HnswIndex } from '#silt/index.js';
import { kernelCode } from '#silt/kernel/builds.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { rowsOf } from '#silt/vector-index/hnsw-index.js';

const [step, first] = process.argv.slice(2);
// Ten directions that mix, and some noise, as in support/random.ts.
const noise = (i) => (Math.sin(i * 12.9898) * 43758.5453) % 1;
const weight = (i, j) => noise(i * 31 + j * 7 + 1) + noise(i * 17 + j * 13 + 2);
const vector = (i) =>
  Float32Array.from({ length: 40 }, (_, at) => {
    let x = 0.2 * noise(i * 41 + at);
    for (let j = 0; j < 10; j++) x += weight(i, j) * weight(100_003 + j, at);
    return x;
  });
const index = new HnswIndex({ dimension: 40, metric: 'cosine', threads: 4, efConstruction: 40 });
await index.insertBatchParallel(Array.from({ length: 200 }, (_, i) => [i, vector(i)])); // the workers are warm
const rows = rowsOf(index);
rows.append(Array.from({ length: 1500 }, (_, i) => [1000 + i, vector(1000 + i)]));
const [arena] = rows.engine.arenas;
let row = Number(first);
// Of this thread alone: the others have hooks of their own.
nodePlatform.faults.end = () => {
  row += 96;
  armStep(arena.control, step, 'exit', { row });
};
armStep(arena.control, step, 'exit', { row });
new ArenaBuild(arena, kernelCode(), 4, { timeoutMs: 200 }).runSync();
const lost = [...Array(1500).keys()].filter((i) => index.search(vector(1000 + i), 1)[0][1] < 0.9999);
const { ok, linked } = index.verify();
if (stepHits(arena.control) === 0) process.exit(1);
console.log(JSON.stringify({ hits: stepHits(arena.control), ok, linked, pending: arena.pending, lost }));
process.exit(0);
