/* Who waits for a turn gets it in order, and no turn of the event loop is long. Counted in what was done, no time is taken. */
import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { nodePlatform } from '#silt/platform/node/node.js';
import { LOOKUP } from '#silt/platform/turns.js';

const { time } = nodePlatform;

/** Uses the processor for about so long. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** A call that is answered in `ms`, when its turn has come. */
async function call(ms: number): Promise<void> {
  const turn = time.takeTurn();
  if (turn) await turn;
  work(ms);
}

/** Runs `work`; returns what was counted at each time that the event loop went around. */
async function counted(count: () => number, during: () => Promise<unknown>): Promise<number[]> {
  const seen: number[] = [];
  let going = true;
  const look = (): void => {
    seen.push(count());
    if (going) setTimeout(look, 0);
  };
  setTimeout(look, 0);
  await during();
  going = false;
  return seen;
}

/** The most that was counted between two looks. */
const mostAtOnce = (seen: readonly number[]): number =>
  seen.reduce((most, count, i) => Math.max(most, count - (seen[i - 1] ?? 0)), 0);

test('thousands of calls made at once let events in, and are answered in the order in which they were made', async () => {
  const CALLS = 1_000;
  const order: number[] = [];
  const seen = await counted(
    () => order.length,
    () =>
      Promise.all(
        Array.from({ length: CALLS }, async (_, i) => {
          await call(0.2);
          order.push(i);
        }),
      ),
  );
  expect(order).toEqual(Array.from({ length: CALLS }, (_, i) => i));
  expect(seen.length).toBeGreaterThan(10); // a turn of 3 ms has room for about 20
  expect(mostAtOnce(seen)).toBeLessThan(CALLS / 4);
});

/** One that is answered here and at once; whether it had to wait is counted. */
async function lookup(ms: number, waits: { count: number }): Promise<void> {
  const turn = time.takeTurn(LOOKUP);
  if (turn) {
    waits.count++;
    await turn;
  }
  work(ms);
}

test('thousands of lookups made at once let events in, in the order in which they were made, long ones among them too', async () => {
  const LOOKUPS = 2_000;
  const waits = { count: 0 };
  const order: number[] = [];
  const seen = await counted(
    () => order.length,
    () =>
      Promise.all(
        Array.from({ length: LOOKUPS }, async (_, i) => {
          await lookup(i % 100 === 99 ? 2 : 0.01, waits); // 20 long ones: 40 ms, and as much for the rest
          order.push(i);
        }),
      ),
  );
  expect(order).toEqual(Array.from({ length: LOOKUPS }, (_, i) => i));
  expect(seen.length).toBeGreaterThan(5);
  expect(mostAtOnce(seen)).toBeLessThan(LOOKUPS / 2);
});

test('of 16 callers that look up again and again, hardly one has to wait, and each gets as far as the others', async () => {
  const waits = { count: 0 };
  const done = new Array<number>(16).fill(0);
  let left = 40_000;
  await counted(
    () => left,
    () =>
      Promise.all(
        done.map(async (_, caller) => {
          while (left-- > 0) {
            await lookup(0.003, waits);
            done[caller]!++;
          }
        }),
      ),
  );
  expect(waits.count).toBeLessThan(10_000);
  expect(Math.min(...done)).toBeGreaterThan(Math.max(...done) / 2);
});

test('lookups and other calls that wait together go on in the order in which they came', async () => {
  const order: number[] = [];
  const waits = { count: 0 };
  work(5);
  await Promise.all(
    Array.from({ length: 300 }, async (_, i) => {
      await (i % 3 === 0 ? call(0.1) : lookup(0.01, waits));
      order.push(i);
    }),
  );
  expect(order).toEqual(Array.from({ length: 300 }, (_, i) => i));
});

test('one that works in slices lets events in after each of them, however short they are', async () => {
  let slices = 0;
  const seen = await counted(
    () => slices,
    async () => {
      for (; slices < 40; slices++) {
        await time.breathe();
        work(1.2);
      }
    },
  );
  expect(mostAtOnce(seen)).toBeLessThanOrEqual(2);
});

test('work in slices by many lets events in after each slice', async () => {
  let slices = 0;
  const seen = await counted(
    () => slices,
    () =>
      Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let i = 0; i < 4; i++) {
            await time.breathe();
            work(5);
            slices++;
          }
        }),
      ),
  );
  expect(mostAtOnce(seen)).toBeLessThanOrEqual(3);
});

test('nobody starves: neither a lone caller, nor a thousand, nor work in slices beside them', async () => {
  const done = { lone: 0, many: 0, slices: 0 };
  let going = true;
  const loop = async (kind: keyof typeof done, step: () => Promise<void>): Promise<void> => {
    while (going) {
      await step();
      done[kind]++;
    }
  };
  const slice = async (): Promise<void> => {
    work(4);
    await time.breathe();
  };
  const all = [
    loop('lone', () => call(0.05)),
    loop('slices', slice),
    ...Array.from({ length: 1_000 }, () => loop('many', () => call(0.05))),
  ];
  for (let tries = 0; tries < 2_000 && (done.lone < 5 || done.slices < 5 || done.many < 4_000); tries++)
    await new Promise((resolve) => setTimeout(resolve, 1));
  going = false;
  await Promise.all(all);
  expect(done.lone).toBeGreaterThanOrEqual(5);
  expect(done.many).toBeGreaterThanOrEqual(4_000);
  expect(done.slices).toBeGreaterThanOrEqual(5);
});

test('answers of other threads let events in, however fast their messages come, and so do calls beside them', async () => {
  const MESSAGES = 400;
  const { port1, port2 } = new MessageChannel();
  let [answers, calls] = [0, 0];
  const seen = await counted(
    () => answers,
    async () => {
      const all = new Promise<void>((resolve) => {
        port2.on('message', () => {
          let pieces = 2;
          time.goOn(() => {
            if (pieces-- > 0) return true;
            work(0.2);
            if (++answers < MESSAGES) port1.postMessage('told');
            else resolve();
            return false;
          });
        });
      });
      port1.postMessage('told');
      // Until they were answered, one loop of calls beside it takes what is left of each turn.
      const beside = async (): Promise<void> => {
        for (; calls < 50; calls++) await call(0.1);
      };
      await Promise.all([all, beside()]);
    },
  );
  port1.close();
  expect(answers).toBe(MESSAGES);
  expect(calls).toBe(50);
  expect(mostAtOnce(seen)).toBeLessThan(MESSAGES / 4);
});
