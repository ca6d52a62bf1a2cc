/* Steps of the build are left out where nothing changed, and never where something did. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

type Step = { stamp: string; made: string[]; inputs: string[] };
const { whereChanged } = (await import(pathToFileURL(join(ROOT, 'scripts/stamp.mjs')).href)) as {
  whereChanged(step: Step, work: () => void): Promise<boolean>;
};

test('a step of the build is done again after a change, a new file, a lost result or a failure, else not', async () => {
  await withFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    const input = (name: string, text: string): void => writeFileSync(at(name), text);
    const step = { stamp: at('stamp'), made: [at('made')], inputs: [at('in')] };
    const build = (work = (): void => writeFileSync(at('made'), 'it')) => whereChanged(step, work);
    input('in', 'one');
    expect([await build(), await build()]).toEqual([true, false]);
    input('in', 'two');
    expect([await build(), await build()]).toEqual([true, false]);
    step.inputs.push(at('other'));
    input('other', '');
    expect([await build(), await build()]).toEqual([true, false]);
    rmSync(at('made'));
    expect([await build(), await build()]).toEqual([true, false]);
    input('in', 'three');
    await expect(
      build(() => {
        throw new Error('it does not compile');
      }),
    ).rejects.toThrow('compile');
    input('in', 'two');
    expect([await build(), await build()]).toEqual([true, false]);
  });
});
