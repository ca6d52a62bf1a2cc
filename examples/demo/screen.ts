/** Where the demo writes: bars that move on a terminal, now and then a plain line everywhere else. */

import { createLogUpdate } from 'log-update';

export interface Screen {
  /** Whether frames are drawn; otherwise plain lines are printed. */
  readonly isLive: boolean;
  /** Stays on the screen. */
  line(text?: string): void;
  /** Replaces the last frame, or prints `plain()` once in two seconds. */
  show(frame: () => readonly string[], plain: () => string): void;
  /** Removes the frame, so that what follows takes its place. */
  clear(): void;
}

interface Output {
  isTTY?: boolean;
  write(text: string): unknown;
}

const FRAME_MS = 80;
const PLAIN_LINE_MS = 2000;

/** Colours and moving text only for a person at a terminal who has not asked for less. */
export function wantsPlain(output: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR, CI, TERM } = env;
  // A terminal without a size shows no frame at all.
  return !output.isTTY || output.columns === 0 || !!NO_COLOR || (!!CI && CI !== 'false') || TERM === 'dumb';
}

export function createScreen(output: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Screen {
  return wantsPlain(output, env) ? plainScreen(output) : liveScreen(output);
}

export function plainScreen(output: Output, now: () => number = () => performance.now()): Screen {
  let shownAt = now();
  const line = (text = '') => void output.write(`${text}\n`);
  return {
    isLive: false,
    line,
    show(_frame, plain) {
      if (now() - shownAt < PLAIN_LINE_MS) return;
      shownAt = now();
      line(plain());
    },
    // A phase that is over sooner than that prints no such line.
    clear: () => void (shownAt = now()),
  };
}

function liveScreen(output: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(output);
  let shownAt = Number.NEGATIVE_INFINITY;
  let hasFrame = false;
  const clear = () => {
    if (!hasFrame) return;
    update.clear();
    // Gives the cursor back; the next frame hides it again.
    update.done();
    hasFrame = false;
    shownAt = Number.NEGATIVE_INFINITY;
  };
  return {
    isLive: true,
    line(text = '') {
      clear();
      output.write(`${text}\n`);
    },
    show(frame) {
      const now = performance.now();
      if (now - shownAt < FRAME_MS) return;
      shownAt = now;
      hasFrame = true;
      update(frame().join('\n'));
    },
    clear,
  };
}
