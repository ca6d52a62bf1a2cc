// @ts-check
// One line on standard error: rewritten in place on a terminal, at most every five seconds elsewhere.
// Written synchronously, because an engine may hold the thread for minutes between two of them.
import { writeSync } from 'node:fs';

const terminal = process.stderr.isTTY === true;
let lastAt = 0;
let open = false;

/** @param {string} text */
export function note(text) {
  writeSync(2, `${open ? '\n' : ''}${text}\n`);
  open = false;
}

/**
 * @param {string} what
 * @param {number} done
 * @param {number} total 0: unknown, and `done` is the number of seconds waited so far
 * @param {number} startedAt milliseconds, of performance.now()
 */
export function progress(what, done, total, startedAt) {
  const now = performance.now();
  const last = total > 0 && done >= total;
  if (!last && now - lastAt < (terminal ? 200 : 5000)) return;
  lastAt = now;
  const text =
    total === 0 ? `  ${what}, ${done} s` : `  ${what}: ${share(done, total, (now - startedAt) / 1000)}`;
  if (terminal) writeSync(2, `\r\x1b[K${text}`);
  else writeSync(2, `${text}\n`);
  open = terminal && !last;
  if (terminal && last) writeSync(2, '\n');
}

/** @param {number} done @param {number} total @param {number} seconds */
function share(done, total, seconds) {
  const left = done > 0 && done < total ? `, ${Math.ceil(((total - done) * seconds) / done)} s left` : '';
  return `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}${left}`;
}
