// @ts-check
// The process of one engine: it builds, then answers every query several times.
import { serve } from '../base/child.mjs';
import { bytesOnDisk } from '../base/disk.mjs';
import { settledMemory } from '../base/memory.mjs';
import { openText } from './engines.mjs';
import { textsOf } from './texts.mjs';

/** Searches that are not counted: code is compiled, pages are read. */
const WARM = 2;
/** No longer than this for one engine. */
const MOST_MS = 30_000;

/** @type {import('./engines.mjs').TextEngine} */
let engine;
/** @type {import('./texts.mjs').Texts} */
let texts;

serve({
  async build({ name, folder, options }) {
    texts = textsOf(options);
    const before = await settledMemory();
    engine = await openText(name, { folder, stems: false });
    const ms = await engine.build(texts.documents);
    const after = await settledMemory();
    const { length: count } = texts.documents;
    const grown = after.resident - before.resident;
    return { count, perSecond: (1000 * count) / ms, bytes: (engine.ownBytes?.() ?? grown) / count };
  },

  async search({ k, rounds }) {
    const times = [];
    const until = performance.now() + MOST_MS;
    /** @type {import('./engines.mjs').Ranked[]} */
    let answers = [];
    for (let round = 0; round < WARM + rounds && (round <= WARM || performance.now() < until); round++) {
      answers = [];
      for (const query of texts.queries) {
        const began = performance.now();
        answers.push(await engine.search(query, k));
        if (round >= WARM || performance.now() > until) times.push(performance.now() - began);
      }
    }
    return { times, answers };
  },

  async close({ folder }) {
    await engine.close();
    return bytesOnDisk(folder);
  },
});
