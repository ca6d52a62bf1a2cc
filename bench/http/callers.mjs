// @ts-check
// So many callers, each of whom waits for an answer before it asks again.

/** @typedef {{ micros: Float64Array, seconds: number }} Timed */

/**
 * @param {number} callers
 * @param {number} least calls of all together
 * @param {number} minMs
 * @param {(caller: number, call: number) => Promise<unknown>} call
 * @returns {Promise<Timed>}
 */
export async function timed(callers, least, minMs, call) {
  /** @type {number[]} */
  const micros = [];
  let asked = 0;
  const startedAt = performance.now();
  const caller = async (/** @type {number} */ i) => {
    while (asked < least || performance.now() - startedAt < minMs) {
      const began = performance.now();
      await call(i, asked++);
      micros.push((performance.now() - began) * 1000);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, i) => caller(i)));
  return { micros: Float64Array.from(micros), seconds: (performance.now() - startedAt) / 1000 };
}
