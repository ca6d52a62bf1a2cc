/* The fault hooks of a thread: none is armed until a test arms one. */
import type { Armed, CrashPlace, Faults } from '../faults.js';

function end(what: 'thread' | 'process'): never {
  if (what === 'thread') process.exit(1);
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way; nothing may happen meanwhile.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

export function newFaults(): Faults {
  return { crash: undefined, file: undefined, thread: undefined, armed: undefined, end };
}

/** Lets this thread, and those that write stores and start from here on, end at a place; undefined: none. */
export function arm(faults: Faults, armed: Armed | undefined): void {
  let left = armed?.passes ?? 0;
  const crash = (place: CrashPlace): void => {
    if (place === armed?.place && left-- <= 0) faults.end(armed.ends);
  };
  faults.crash = armed && crash;
  faults.armed = armed;
}
