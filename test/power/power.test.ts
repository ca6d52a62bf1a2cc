/*
 * T17: the power goes. What a process asks of its files is recorded; what a disk may have of it at any moment (disk.mjs
 * says what it may do) is opened. npm run test:power tries more moments.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { amount, someOf } from '../support/amount.js';

interface Recorded {
  readonly trace: string;
  readonly root: string;
  readonly from?: string;
  readonly marks?: string;
  readonly repair?: boolean;
}
interface Failure {
  readonly image: number;
  readonly cut: number;
  readonly fate: string;
  readonly failure: string;
}
interface Options extends Recorded {
  readonly seed: number;
  readonly count: number;
  readonly lie?: string;
  readonly until?: string;
}

const load = (name: string): Promise<unknown> => import(new URL(name, import.meta.url).href);
const { buildRecorder, record, checkImages, KINDS } = (await load('power.mjs')) as {
  buildRecorder(folder: string): string;
  record(
    folder: string,
    library: string,
    o: { seed: number; rounds: number; kind?: string },
  ): Promise<Recorded>;
  checkImages(options: Options): Promise<Failure[]>;
  readonly KINDS: readonly string[];
};
const { readTrace, LIES } = (await load('trace.mjs')) as {
  readTrace(file: string, root: string): { kind: string; path: string; other: string }[];
  LIES: Readonly<Record<string, { readonly loses: RegExp }>>;
};

const SEED = Number(process.env['SILT_POWER_SEED'] ?? 1);
const IMAGES = amount('SILT_IMAGES', 16, 32);
/** So many at most, before one loses what a disk loses that does not do what it says. */
const UNTIL = 80;

const folder = mkdtempSync(join(tmpdir(), 'silt-power-'));
let library: string;
let recorded: Recorded;
let bad = false;

const CAN_RECORD = process.platform === 'linux';

// Where there is no C compiler these tests fail, and say so: nothing else shows what they show.
beforeAll(async () => {
  if (!CAN_RECORD) return;
  library = buildRecorder(folder);
  recorded = await record(folder, library, { seed: SEED, rounds: 50 });
});
afterAll(() => {
  if (!bad) rmSync(folder, { recursive: true, force: true });
});

beforeEach((context) => {
  if (!CAN_RECORD) context.skip('losses of power are NOT tested: writes can be recorded on Linux alone');
});

test('the recording has all that reaches the store file: nothing is written to it by memory', () => {
  const records = readTrace(recorded.trace, recorded.root);
  const count = (kind: string, path: RegExp): number =>
    records.filter((one) => one.kind === kind && path.test(`${one.path} ${one.other}`)).length;
  expect(count('map', /data\.mdb/)).toBe(0);
  expect(count('write', /data\.mdb/)).toBeGreaterThan(100);
  expect(count('sync', /data\.mdb/)).toBeGreaterThan(30);
  expect(count('force', /data\.mdb/)).toBe(count('sync', /data\.mdb/));
  expect(count('rename', /\.snapshot$/)).toBeGreaterThan(1);
  expect(count('mark', /./)).toBeGreaterThan(100);
});

test('wherever the power goes, a database opens with every acknowledged write, whole, and goes on', async () => {
  const failures = await checkImages({ ...recorded, seed: SEED, count: IMAGES });
  bad = failures.length > 0;
  const replay = ({ image }: Failure): string =>
    `npm run test:power -- --trace ${recorded.trace} --seed ${SEED} --image ${image}`;
  expect(failures.map((one) => ({ ...one, replay: replay(one) }))).toEqual([]);
});

/** Of each kind; npm run test:power -- --kind 'format 1' has more. */
const IMAGES_OF_KIND = amount('SILT_IMAGES', 4, 8);

test.each(someOf(KINDS, 3))(
  'wherever the power goes while a database of %s is upgraded or repaired, nothing is lost',
  async (kind) => {
    const own = join(folder, kind.replace(' ', '-'));
    mkdirSync(own);
    const trace = await record(own, library, { seed: SEED, rounds: 15, kind });
    const failures = await checkImages({ ...trace, seed: SEED, count: IMAGES_OF_KIND });
    bad ||= failures.length > 0;
    const replay = ({ image }: Failure): string =>
      `npm run test:power -- --trace ${trace.trace} --kind '${kind}' --seed ${SEED} --image ${image}`;
    expect(failures.map((one) => ({ ...one, replay: replay(one) }))).toEqual([]);
  },
);

test.each(someOf(Object.entries(LIES), 2))(
  'a disk that lies is found out by what it loses: %s',
  async (lie, { loses }) => {
    const failures = await checkImages({ ...recorded, seed: SEED, count: UNTIL, lie, until: loses.source });
    expect(failures.map(({ failure }) => failure)).toContainEqual(expect.stringMatching(loses));
  },
);
