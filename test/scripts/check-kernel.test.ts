/* The build refuses kernels that would own memory. The modules here are written out byte by byte. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const text = (s: string): number[] => [s.length, ...Buffer.from(s)];
const section = (id: number, ...body: number[]): number[] => [id, body.length, ...body];

const TYPE = section(1, 1, 0x60, 0, 0);
const MEMORY = [...text('env'), ...text('memory'), 2, 3, 1, 1];
const FUNCTION = section(3, 1, 0);
const CODE = section(10, 1, 2, 0, 0x0b);
const exported = (name: string, kind = 0): number[] => section(7, 1, ...text(name), kind, 0);

const module = (...sections: number[][]): number[] => [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()];
const good = module(TYPE, section(2, 1, ...MEMORY), FUNCTION, exported('link'), CODE);

/** Runs the check in a process of its own, as the build does; returns what it said. */
function check(bytes: number[], expected?: string[]): string {
  const script = `import { checkKernel } from './scripts/check-kernel.mjs';
    try { console.log(checkKernel('test', Uint8Array.from(${JSON.stringify(bytes)}), ${JSON.stringify(expected)}).join()); }
    catch (error) { console.log(error.message); }`;
  const options = { cwd: ROOT, encoding: 'utf8' } as const;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], options).trim();
}

test('a module that only computes is accepted', () => {
  expect(WebAssembly.validate(Uint8Array.from(good))).toBe(true);
  expect(check(good)).toBe('link (function)');
  expect(check(good, ['link (function)'])).toBe('link (function)');
});

test.each<[string, number[], RegExp]>([
  ['a data section', [...good, ...section(11, 1, 0, 0x41, 0, 0x0b, 1, 7)], /data section/],
  [
    'a start function',
    module(TYPE, section(2, 1, ...MEMORY), FUNCTION, exported('link'), section(8, 0), CODE),
    /start function/,
  ],
  [
    'an import of its own',
    module(TYPE, section(2, 1, ...text('env'), ...text('abort'), 0, 0), FUNCTION, exported('link'), CODE),
    /imports env\.abort \(function\)/,
  ],
  [
    'an exported memory',
    module(TYPE, section(2, 1, ...MEMORY), FUNCTION, exported('memory', 2), CODE),
    /exports memory/,
  ],
])('%s is refused', (_, bytes, message) => {
  expect(check(bytes)).toMatch(message);
});

test('exports that differ between builds are refused', () => {
  expect(check(good, ['walk (function)'])).toMatch(/exports differ between builds/);
});
