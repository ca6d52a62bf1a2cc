/* Copies that replace what is there: what they go on with, and what they begin anew. */
import { expect, test } from 'vitest';
import { copyCollection } from '#silt/cli/copy/copy.js';
import { Remote } from '#silt/cli/copy/remote.js';
import { State } from '#silt/cli/copy/state.js';
import { open } from '#silt/index.js';
import { serve } from '#silt/server/http/index.js';
import { withFolder } from '../support/files.js';

test('a copy that replaces begins anew behind another one, and goes on where it was cut short', () =>
  withFolder(async (folder) => {
    await using here = await open();
    await using there = await open();
    const points = await here.createCollection('one', { dimension: 1, metric: 'dot' });
    await points.upsert([1, 2, 3, 4].map((id) => ({ id, vector: [id] })));
    await using source = await serve({ database: here, port: 0 });
    await using target = await serve({ database: there, port: 0 });
    const [from, to] = [source, target].map(({ url }) => new Remote(url, undefined, () => {})) as [
      Remote,
      Remote,
    ];
    const seen: number[] = [];
    const copy = (overwrite: boolean, until = Infinity): Promise<number> => {
      seen.length = 0;
      const progress = (_: string, done: number): void => {
        seen.push(done);
        if (done >= until) throw new Error('cut');
      };
      return copyCollection(
        { from, to, state: new State(folder, 'push', to.url), batch: 1, overwrite, progress },
        'one',
      );
    };
    expect(await copy(false)).toBe(4);
    await points.upsert({ id: 1, vector: [7] });
    await expect(copy(true, 2)).rejects.toThrow('cut');
    expect(await copy(true)).toBe(4);
    expect(seen[0]).toBe(3);
    const [first] = await there.collection('one').getMany([1]);
    expect(first!.vector).toEqual(Float32Array.of(7));
    // Both have changed since: what is left of the copy is of no use any more.
    await points.upsert({ id: 9, vector: [1] });
    await expect(copy(true)).rejects.toThrow('Copy it again with --overwrite');
    expect(await copy(true)).toBe(5);
    expect(await there.collection('one').count()).toBe(5);
  }));
