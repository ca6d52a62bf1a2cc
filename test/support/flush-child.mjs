/*
 * Run as a process: flushSync while a linker dies at a step. Which thread reaches the step first is chance; where
 * it is the calling thread the process ends with exit code 1, and whoever started it tries again.
 */
import { ArenaBuild } from '#silt/hnsw/build.js';
import { armStep, stepHits } from '#silt/hnsw/steps.js';
import { HnswIndex } from '#silt/index.js';
import { kernelCode } from '#silt/kernel/builds.js';

const [step, row] = process.argv.slice(2);
const vector = (i) => Float32Array.from({ length: 40 }, (_, at) => Math.sin(i * 7.3 + at * (1 + (i % 13))));
const index = new HnswIndex({ dimension: 40, metric: 'cosine', threads: 4, efConstruction: 40 });
await index.insertBatchParallel(Array.from({ length: 200 }, (_, i) => [i, vector(i)])); // the workers are warm
const { rows, append } = index._internals();
append(Array.from({ length: 1500 }, (_, i) => [1000 + i, vector(1000 + i)]));
const [arena] = rows.arenas;
armStep(arena.control, step, 'exit', { row: Number(row) });
new ArenaBuild(arena, kernelCode(), 4, 200).runSync();
const lost = [...Array(1500).keys()].filter((i) => index.search(vector(1000 + i), 1)[0][1] < 0.9999);
const { ok, linked } = index.verify();
console.log(JSON.stringify({ hits: stepHits(arena.control), ok, linked, pending: arena.pending, lost }));
process.exit(0);
