/** Loads the vectors, and says on the screen how far it is. */

import { count, duration } from './format.js';
import { loadGlove } from './glove.js';
import type { Glove } from './glove-rows.js';
import { singleBar } from './progress.js';
import type { Screen } from './screen.js';

export async function loadOnScreen(screen: Screen, cacheDir: string, signal: AbortSignal): Promise<Glove> {
  const started = performance.now();
  const glove = await loadGlove({
    cacheDir,
    signal,
    onProgress(done, total, what) {
      if (total > 0) showBar(screen, what, done, total);
      else if (done === 0) screen.line(`  ${what}`);
      else {
        const text = `  ${what}: ${done} s`;
        screen.show(
          () => [text],
          () => text,
        );
      }
    },
  });
  screen.clear();
  const took = duration((performance.now() - started) / 1000);
  screen.line(`GloVe: ${count(glove.words.length)} words, ${glove.dimension} dimensions, loaded in ${took}`);
  const { duplicate, wrongLength, notFinite, zero } = glove.leftOut;
  if (duplicate + wrongLength + notFinite + zero > 0) {
    const reasons = `${duplicate} duplicate, ${wrongLength} too short, ${notFinite} not finite, ${zero} zero`;
    screen.line(`  left out: ${reasons}`);
  }
  return glove;
}

export function showBar(screen: Screen, label: string, done: number, total: number): void {
  screen.show(
    () => [singleBar(label, done, total)],
    () => `  ${label}: ${Math.floor((100 * done) / total)} %`,
  );
}
