import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { KERNEL_BUILDS, SiltError, ValidationError } from '#silt/index.js';
import { bindKernel, kernelCode } from '#silt/kernel/builds.js';
import { BUILDS, newMemory, requiredBuilds } from '../../support/kernels.js';

const HERE = BUILDS.map((code) => code.build);

test('every build that this engine can run does run', () => {
  expect(HERE).toEqual(expect.arrayContaining(requiredBuilds()));
});

test('without a wish, the best build that runs is chosen', () => {
  const before = process.env['SILT_KERNEL'];
  delete process.env['SILT_KERNEL'];
  try {
    expect(kernelCode().build).toBe(HERE[0]);
  } finally {
    if (before !== undefined) process.env['SILT_KERNEL'] = before;
  }
});

test.each(KERNEL_BUILDS)('%s either runs or says that this engine cannot run it', (build) => {
  if (HERE.includes(build)) return expect(kernelCode(build).build).toBe(build);
  try {
    bindKernel(kernelCode(build), newMemory(1), () => 1);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(SiltError);
    expect((error as SiltError).code).toBe('KERNEL_UNAVAILABLE');
  }
});

test('an unknown build is an option that is wrong', () => {
  expect(() => kernelCode('avx512' as never)).toThrow(ValidationError);
});

test.each(BUILDS)('binding $build writes nothing', (code) => {
  const memory = newMemory(4);
  const bytes = new Uint8Array(memory.buffer);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31) & 255;
  const before = Buffer.from(bytes);
  bindKernel(code, memory, () => 1);
  expect(Buffer.compare(Buffer.from(bytes), before)).toBe(0);
});

/** What an index says of its kernel in a process that was started with SILT_KERNEL. */
async function kernelOf(wish: string): Promise<{ stdout: string; stderr: string }> {
  const script = `import { HnswIndex } from '#silt/index.js';
    try {
      const index = new HnswIndex({ dimension: 2, metric: 'l2', threads: 1 });
      index.insert(1, [1, 2]);
      console.log(index.kernel + ' ' + index.search([1, 2], 1)[0][1]);
    } catch (error) { console.log(error.code + ' ' + error.message); }`;
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('../../..', import.meta.url),
    env: { ...process.env, SILT_KERNEL: wish },
  });
}

test.each(HERE)('SILT_KERNEL=%s forces that build', async (build) => {
  expect((await kernelOf(build)).stdout.trim()).toBe(`${build} 0`);
});

test('SILT_KERNEL of an unknown name is a clear error', async () => {
  const { stdout } = await kernelOf('fast');
  expect(stdout).toContain('INVALID_OPTION');
  expect(stdout).toContain('SILT_KERNEL');
  expect(stdout).toContain('"fast"');
  for (const build of KERNEL_BUILDS) expect(stdout).toContain(build);
});

test('an empty SILT_KERNEL asks for no kernel', async () => {
  expect((await kernelOf('')).stdout.trim()).toBe(`${requiredBuilds()[0]} 0`);
});
