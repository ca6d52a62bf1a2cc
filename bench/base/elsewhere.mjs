// @ts-check
// What others took of this machine meanwhile: times of threads that share cores mean little without it.
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** @typedef {{ busy: number, own: number, at: number }} Taken ticks of all cores; ticks of this process and those it started; ms */

const TICKS_PER_SECOND = 100;

/** Of all processes: their parents, and ticks with those of children that ended. @returns {Map<number, [parent: number, ticks: number]>} */
function processes() {
  const found = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
      found.set(Number(name), [fields[1], ticks]);
    } catch {} // it has ended
  }
  return found;
}

/** Undefined where the system does not say. @returns {Taken | undefined} */
function taken() {
  if (process.platform !== 'linux') return undefined;
  const [, user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] = /** @type {string} */ (
    readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]
  )
    .split(/ +/)
    .map(Number);
  const all = processes();
  const isOwn = (/** @type {number} */ pid) => {
    let at = pid;
    while (at !== process.pid && at > 1) at = all.get(at)?.[0] ?? 0;
    return at === process.pid;
  };
  let own = 0;
  for (const [pid, [, ticks]] of all) if (isOwn(pid)) own += ticks;
  return { busy: user + nice + system + irq + soft + steal, own, at: performance.now() };
}

/**
 * Begins to watch; the function that it gives says how many cores others have kept busy since. Null where the system does not say.
 * @returns {() => number | null}
 */
export function watchOthers() {
  const before = taken();
  return () => {
    const after = taken();
    if (!before || !after) return null;
    const ticks = after.busy - before.busy - (after.own - before.own);
    return Math.min(cpus().length, Math.max(0, ticks / TICKS_PER_SECOND / ((after.at - before.at) / 1_000)));
  };
}
