/* A promise that nobody looks at ends the process when it rejects. */
import { expect, test } from 'vitest';
import { sourcesOf } from '../support/sources.js';

/** What may stand behind `void`, since it never rejects: with the reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  'this.#attempt(': 'catches, and notes the failure in the status',
  'this.#saveIf(': 'an attempt',
  'this.indexer.stop(': 'resolves when the build has ended, however it did',
  'this.stop(':
    'the same, within the indexer; of a searching thread: resolves when its loop has ended, however it did',
  'one.then(': 'of holds: an indexer that is held never rejects',
  'hits.then(': 'its second function takes the rejection; whoever searches has the same promise',
  'core.drain(': 'catches what its last wait throws',
  'this.#run(': 'the gate: waits for promises that only resolve',
  'thread.worker.terminate(': 'ends a worker; Node resolves it in every case',
  'live.remember(': 'catches what each look throws, and the abort that ends its pause',
  'table.putSync(': 'returns no promise',
  'table.removeSync(': 'returns no promise',
};

test('no promise is left to itself, but those that never reject', () => {
  const found: string[] = [];
  for (const { path, text } of sourcesOf('src')) {
    if (path.startsWith('src/cli/') || path.startsWith('src/kernel/asm/')) continue;
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    for (const [, promise] of code.matchAll(/\bvoid ([a-zA-Z#.!?]+\()/g))
      if (!(promise! in ALLOWED)) found.push(`${path}: void ${promise}`);
  }
  expect(found).toEqual([]);
});
