/*
 * A collection whose fields come and go between its writes, and the plain model that it must agree with: a Map of points, each
 * with what it was given in the fields that there are. What is done is drawn from a seed.
 */
import { expect } from 'vitest';
import type { Collection, CollectionConfig, NewField, PointInput } from '#silt/index.js';
import { integer, type Random } from './random.js';

type Kind = 'dense' | 'multi' | 'sparse' | 'text';
interface Field {
  readonly kind: Kind;
  readonly dimension: number;
}

interface Stored {
  readonly values: Map<string, unknown>;
  readonly text: string | undefined;
}

/** What writes may go to: a collection, or one in another process. */
export type Writes = Pick<
  Collection,
  'upsert' | 'delete' | 'updateVectors' | 'deleteVectors' | 'createField' | 'dropField' | 'compact'
>;

const NAMES = ['a', 'b', 'c', 'constructor'];
const WORDS = ['ant', 'bee', 'cat', 'dog'];
const KINDS: readonly Kind[] = ['dense', 'dense', 'multi', 'sparse', 'text'];
const IDS = 40;

export class ChangingFields {
  readonly fields: Map<string, Field> = new Map();
  readonly points: Map<number, Stored> = new Map();
  readonly done: string[] = [];
  readonly #random: Random;
  readonly #atOnce: boolean;

  /** `atOnce`: some calls are made without waiting for the one before. */
  constructor(random: Random, { atOnce = true }: { atOnce?: boolean } = {}) {
    this.#random = random;
    this.#atOnce = atOnce;
    if (random() < 0.7) this.fields.set('', { kind: 'dense', dimension: 2 });
    if (random() < 0.5) this.fields.set('a', this.#field());
  }

  get config(): CollectionConfig {
    const { vectors, sparse, text } = this.#byKind;
    const unnamed = this.fields.has('') ? ({ dimension: 2, metric: 'euclidean' } as const) : {};
    return { ...unnamed, vectors, sparse, text, indexing: { threads: 1, mergeThreshold: 20 } };
  }

  get #byKind(): { vectors: object; sparse: object; text: object } & CollectionConfig {
    const named = (...kinds: Kind[]): Record<string, never> =>
      Object.fromEntries(
        [...this.fields]
          .filter(([name, { kind }]) => name !== '' && kinds.includes(kind))
          .map(([name, field]) => [name, Object.values(optionsOf(field))[0] as never]),
      );
    return { vectors: named('dense', 'multi'), sparse: named('sparse'), text: named('text') };
  }

  #field(): Field {
    const kind = KINDS[integer(this.#random, 0, KINDS.length)]!;
    return { kind, dimension: integer(this.#random, 1, 4) };
  }

  #vector(dimension: number): number[] {
    return Array.from({ length: dimension }, () => integer(this.#random, 1, 50));
  }

  #value({ kind, dimension }: Field): unknown {
    if (kind === 'multi')
      return Array.from({ length: integer(this.#random, 1, 4) }, () => this.#vector(dimension));
    if (kind === 'sparse') return { indices: [integer(this.#random, 0, 4), 9], values: [1, 2] };
    return this.#vector(dimension);
  }

  /** Some points with values in the fields that there are now. */
  #drawn(): [id: number, Stored][] {
    return Array.from({ length: integer(this.#random, 1, 12) }, () => {
      const values = new Map<string, unknown>();
      for (const [name, field] of this.fields) {
        const isAlone = name === '' && this.fields.size === 1; // then each point must have it
        if (field.kind !== 'text' && (isAlone || this.#random() < 0.7)) values.set(name, this.#value(field));
      }
      const text = this.#random() < 0.7 ? WORDS[integer(this.#random, 0, WORDS.length)]! : undefined;
      return [integer(this.#random, 0, IDS), { values, text }];
    });
  }

  #upsert(writes: Writes): Promise<unknown> {
    const drawn = this.#drawn();
    const written = writes.upsert(drawn.map(([id, stored]) => inputOf(id, stored)));
    for (const [id, stored] of drawn) this.points.set(id, stored);
    return written;
  }

  #drop(writes: Writes): Promise<unknown> {
    const name = NAMES[integer(this.#random, 0, NAMES.length)]!;
    const dropped = writes.dropField(name);
    const isThere = this.fields.delete(name);
    return dropped.then((was) => expect(was).toBe(isThere));
  }

  /** Changes vectors of some points, or deletes them, in some of the fields that there are now. */
  async #change(writes: Writes): Promise<void> {
    const fields = [...this.fields].filter(([, { kind }]) => kind !== 'text');
    const some = fields.filter(() => this.#random() < 0.5);
    const named = some.length > 0 ? some : fields.slice(0, 1);
    if (named.length === 0) return;
    const ids = Array.from({ length: integer(this.#random, 1, 8) }, () => integer(this.#random, 0, IDS));
    if (this.fields.size > 1 && this.#random() < 0.4) {
      this.done.push('delete vectors');
      const names = named.map(([name]) => name);
      for (const id of ids) for (const name of names) this.points.get(id)?.values.delete(name);
      await writes.deleteVectors(ids, names);
      return;
    }
    this.done.push('update vectors');
    const updates = ids.map((id) => ({
      id,
      vector: named.map(([name, field]) => [name, this.#value(field)]),
    }));
    for (const { id, vector } of updates) {
      const stored = this.points.get(id);
      if (stored) this.points.set(id, { ...stored, values: new Map([...stored.values, ...(vector as [])]) });
    }
    await writes.updateVectors(
      updates.map(({ id, vector }) => ({
        id,
        vector: Object.fromEntries(vector) as Record<string, number[]>,
      })),
    );
  }

  /** Takes away what points have in fields that are no more: also of writes that were called before these were dropped. */
  #forget(): void {
    for (const { values } of this.points.values())
      for (const name of values.keys()) if (!this.fields.has(name)) values.delete(name);
  }

  async step(writes: Writes): Promise<void> {
    const draw = this.#random();
    if (draw < 0.15) await this.#change(writes);
    else if (draw < 0.4 || (draw >= 0.85 && draw < 0.95 && !this.#atOnce)) {
      this.done.push('upsert');
      await this.#upsert(writes);
    } else if (draw < 0.5) {
      this.done.push('delete');
      const ids = [integer(this.#random, 0, IDS), integer(this.#random, 0, IDS)];
      for (const id of ids) this.points.delete(id);
      await writes.delete(ids);
    } else if (draw < 0.7) {
      const name = NAMES[integer(this.#random, 0, NAMES.length)]!;
      this.done.push(`create ${name}`);
      const field = this.#field();
      const made = writes.createField(name, optionsOf(field));
      if (this.fields.has(name)) await expect(made).rejects.toThrow(/already/);
      else {
        await made;
        this.fields.set(name, field);
      }
    } else if (draw < 0.85) {
      this.done.push('drop');
      await this.#drop(writes);
    } else if (draw < 0.95) {
      // Called in one turn: the second write was accepted before its field went, and is committed behind that.
      this.done.push('upsert, drop, upsert');
      const first = this.#upsert(writes);
      const drawn = this.#drawn();
      const dropped = this.#drop(writes);
      const second = writes.upsert(drawn.map(([id, stored]) => inputOf(id, stored)));
      for (const [id, stored] of drawn) this.points.set(id, stored);
      await Promise.all([first, dropped, second]);
    } else {
      this.done.push('compact');
      await writes.compact();
    }
    this.#forget();
  }

  /** Everything that can be read. */
  async expectSame(c: Collection): Promise<void> {
    await this.#expectPoints(c);
    expect(Object.keys(c.status().fields).sort()).toEqual(
      [...this.fields].flatMap(([name, { kind }]) => (kind === 'multi' ? [] : [name])).sort(),
    );
    const { vectors, sparse, text } = this.#byKind;
    const { config } = c.info();
    expect(typeof config.vectors === 'string' ? {} : config.vectors).toMatchObject(vectors);
    expect(Object.keys({ ...config.sparse, ...config.text }).sort()).toEqual(
      Object.keys({ ...sparse, ...text }).sort(),
    );
    for (const [name, field] of this.fields) await this.#expectFound(c, name, field);
    for (const name of NAMES)
      if (!this.fields.has(name))
        await expect(c.search([1], { using: name })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  }

  async #expectPoints(c: Collection): Promise<void> {
    const ids = [...this.points.keys()].sort((a, b) => a - b);
    const isPlain = this.fields.size === 1 && this.fields.has('');
    const wanted = ids.map((id) => {
      const { values, text } = this.points.get(id)!;
      const named = Object.fromEntries([...values].map(([name, value]) => [name, readAs(value)]));
      const vector = isPlain ? named[''] : values.size > 0 ? named : undefined;
      return { id, ...(text && { payload: { text } }), ...(vector !== undefined && { vector }) };
    });
    const read: unknown[] = [];
    for await (const point of c.scroll({ withVector: true })) read.push(point);
    expect(read).toEqual(wanted);
    expect(await c.getMany(ids)).toEqual(wanted);
    expect(await c.count()).toBe(ids.length);
  }

  async #expectFound(c: Collection, name: string, { kind, dimension }: Field): Promise<void> {
    const having = (has: (stored: Stored) => boolean): number[] =>
      [...this.points].flatMap(([id, stored]) => (has(stored) ? [id] : [])).sort((a, b) => a - b);
    const query = this.#vector(dimension);
    if (kind === 'dense') {
      const found = await c.search(query, { using: name, k: 1_000, exact: this.#random() < 0.5 });
      const of = (id: number): number => {
        const vector = this.points.get(id)!.values.get(name) as number[];
        return Math.hypot(...vector.map((x, i) => x - query[i]!));
      };
      expect(found.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(
        having(({ values }) => values.has(name)),
      );
      for (const { id, score } of found) expect(score).toBeCloseTo(of(Number(id)), 3);
      return;
    }
    const word = WORDS[integer(this.#random, 0, WORDS.length)]!;
    const index = integer(this.#random, 0, 4);
    const asked = { multi: query, sparse: { indices: [index], values: [1] }, text: { text: word } }[kind];
    const found = await c.search(asked as never, { using: name, k: 1_000 });
    const matching = {
      multi: ({ values }: Stored) => values.has(name),
      sparse: ({ values }: Stored) =>
        (values.get(name) as { indices: number[] } | undefined)?.indices[0] === index,
      text: ({ text }: Stored) => text === word,
    }[kind];
    expect(found.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(having(matching));
  }
}

function optionsOf({ kind, dimension }: Field): NewField {
  if (kind === 'sparse') return { sparse: {} };
  if (kind === 'text') return { text: { path: 'text' } };
  return { vector: { dimension, metric: 'euclidean', ...(kind === 'multi' && { multi: true }) } };
}

function inputOf(id: number, { values, text }: Stored): PointInput {
  const named = Object.fromEntries(values) as Record<string, number[]>;
  const isPlain = values.size === 1 && values.has('');
  const vector = isPlain ? named['']! : named;
  return { id, ...(values.size > 0 && { vector }), ...(text !== undefined && { payload: { text } }) };
}

function readAs(value: unknown): unknown {
  if (!Array.isArray(value)) {
    const { indices, values } = value as { indices: number[]; values: number[] };
    return { indices: Uint32Array.from(indices), values: Float32Array.from(values) };
  }
  return Array.isArray(value[0]) ? value.map((one) => Float32Array.from(one)) : Float32Array.from(value);
}
