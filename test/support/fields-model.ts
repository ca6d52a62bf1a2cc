/* What a collection with several fields should hold, as plain JavaScript, and random operations on both. */
import { expect } from 'vitest';
import type { Collection, CollectionConfig, NewField, Operation, PointId } from '#silt/index.js';
import { integer, type Random } from './random.js';

/** Names of fields, '' among them; text is of the payload. */
export type Field = '' | 'a' | 'b' | 's' | 'm';
const DENSE: readonly Field[] = ['', 'a', 'b'];
const FIELDS: readonly Field[] = [...DENSE, 's', 'm'];
/** Fields that may come and go; `t` and `p` are of text, `p` of what arrays of objects have. */
const NAMED = ['a', 'b', 's', 'm', 't', 'p'] as const;
type Named = (typeof NAMED)[number];
const WORDS = ['sea', 'hill', 'wood'];

const DIMENSION = { '': 3, a: 4, b: 5, m: 2 } as const;

export const CONFIG: CollectionConfig = {
  dimension: DIMENSION[''],
  metric: 'euclidean',
  vectors: {
    a: { dimension: DIMENSION.a, metric: 'manhattan' },
    b: { dimension: DIMENSION.b, metric: 'dot', storage: 'disk' },
    m: { dimension: DIMENSION.m, metric: 'dot', multi: true },
  },
  sparse: { s: {} },
  text: { t: { path: 'word' }, p: { path: 'parts[].said', language: 'none' } },
  indexing: { threads: 1, paused: true },
};

/** A field as CONFIG has it. */
function optionsOf(name: Named): NewField {
  if (name === 't' || name === 'p') return { text: CONFIG.text![name]! };
  if (name === 's') return { sparse: {} };
  return { vector: (CONFIG.vectors as Record<string, { dimension: number; metric: 'dot' }>)[name]! };
}

type Sparse = { readonly indices: readonly number[]; readonly values: readonly number[] };
type Value = readonly number[] | Sparse | readonly (readonly number[])[];
type Vectors = Partial<Record<Field, Value>>;

/** Part of a payload: strings among other things. */
type Part = { readonly said?: string | number | readonly (string | null)[] } | string;

interface Row {
  readonly vectors: Vectors;
  readonly payload: { readonly n: number; readonly word?: string; readonly parts?: readonly Part[] };
}

const numbers = (random: Random, length: number): number[] =>
  Array.from({ length }, () => integer(random, -8, 9));

/** Small integers, so that scores are exact. */
function someValue(field: Field, random: Random): Value {
  if (field === 's') {
    const indices = [
      ...new Set(Array.from({ length: integer(random, 1, 4) }, () => integer(random, 0, 12))),
    ].sort((a, b) => a - b);
    return { indices, values: indices.map(() => integer(random, 1, 6)) };
  }
  if (field === 'm') return Array.from({ length: integer(random, 1, 4) }, () => numbers(random, DIMENSION.m));
  return numbers(random, DIMENSION[field]);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}

function somePart(random: Random): Part {
  const words = (): string =>
    Array.from({ length: integer(random, 1, 5) }, () => WORDS[integer(random, 0, 3)]!).join(' ');
  const draw = random();
  if (draw < 0.1) return words(); // no object: nothing is said
  if (draw < 0.2) return {};
  if (draw < 0.3) return { said: 7 };
  return { said: draw < 0.6 ? words() : [words(), null, words()].slice(integer(random, 0, 2)) };
}

/** The strings that are said in some parts. */
function saidIn(parts: readonly Part[] = []): string[] {
  return parts
    .flatMap((part) => (typeof part === 'object' ? part.said : undefined))
    .filter((said) => typeof said === 'string');
}

/** As a hit has it; undefined where the two have nothing in common. */
function scoreOf(field: Field, query: Value, own: Value): number | undefined {
  if (field === 's') {
    const [q, o] = [query as Sparse, own as Sparse];
    const common = q.indices.filter((index) => o.indices.includes(index));
    if (common.length === 0) return undefined;
    return common.reduce(
      (sum, i) => sum + q.values[q.indices.indexOf(i)]! * o.values[o.indices.indexOf(i)]!,
      0,
    );
  }
  if (field === 'm') {
    const many = own as readonly (readonly number[])[];
    return (query as readonly (readonly number[])[]).reduce(
      (sum, one) => sum + Math.max(...many.map((other) => dot(one, other))),
      0,
    );
  }
  const [q, o] = [query as readonly number[], own as readonly number[]];
  if (field === 'b') return dot(q, o);
  const differences = q.map((x, i) => Math.abs(x - o[i]!));
  return field === 'a' ? differences.reduce((a, b) => a + b) : Math.sqrt(dot(differences, differences));
}

const HIGHER: readonly Field[] = ['b', 's', 'm'];

/** A filter of the kinds that operations have here. */
type SomeFilter = {
  readonly must: { readonly has_vector: Field }[];
  readonly must_not?: { readonly has_vector: Field }[];
};

export class FieldsModel {
  /** In the order in which they were written. */
  readonly rows: Map<PointId, Row> = new Map();
  readonly random: Random;
  /** The named fields that there are. */
  readonly there: Set<Field | Named> = new Set(NAMED);
  #n = 0;

  constructor(random: Random) {
    this.random = random;
  }

  id(): number {
    return integer(this.random, 0, 40);
  }

  ids(most: number): number[] {
    return [...new Set(Array.from({ length: integer(this.random, 1, most + 1) }, () => this.id()))];
  }

  /** Those of vectors that there are. */
  get #present(): readonly Field[] {
    return FIELDS.filter((field) => field === '' || this.there.has(field));
  }

  fields(share: number): Field[] {
    return this.#present.filter(() => this.random() < share);
  }

  /** A field comes or goes, with all that points have in it; one with a name stays, or each point would have to have a vector. */
  changeFields(): (collection: Collection) => Promise<unknown> {
    const some = NAMED.filter((name) => this.there.size > 1 || !this.there.has(name));
    const name = some[integer(this.random, 0, some.length)]!;
    if (!this.there.delete(name)) {
      this.there.add(name);
      return (collection) => collection.createField(name, optionsOf(name));
    }
    for (const [id, row] of this.rows) {
      const vectors = Object.fromEntries(Object.entries(row.vectors).filter(([field]) => field !== name));
      this.rows.set(id, { ...row, vectors });
    }
    return async (collection) => expect(await collection.dropField(name)).toBe(true);
  }

  vectors(share: number): Vectors {
    return Object.fromEntries(this.fields(share).map((field) => [field, someValue(field, this.random)]));
  }

  filter(): SomeFilter {
    const some = (): { has_vector: Field } => ({
      has_vector: this.#present[integer(this.random, 0, this.#present.length)]!,
    });
    return this.random() < 0.5 ? { must: [some(), some()] } : { must: [some()], must_not: [some()] };
  }

  matching({ must, must_not = [] }: SomeFilter): PointId[] {
    const has = ({ vectors }: Row, { has_vector: field }: { has_vector: Field }): boolean =>
      vectors[field] !== undefined;
    return [...this.rows]
      .filter(([, row]) => must.every((one) => has(row, one)) && !must_not.some((one) => has(row, one)))
      .map(([id]) => id);
  }

  /** A random operation, done to the model; and what the receipt must say. */
  operation(): { readonly operation: Operation; readonly done: Record<string, number> } {
    const draw = this.random();
    if (draw < 0.3) {
      const points = this.ids(5).map((id) => ({ id, vector: this.vectors(0.6), payload: this.#payload() }));
      const condition = this.random() < 0.25 ? this.filter() : undefined;
      const met = condition && new Set(this.matching(condition));
      const written = points.filter(({ id }) => !met || !this.rows.has(id) || met.has(id));
      const replaced = written.filter(({ id }) => this.rows.has(id)).length;
      for (const { id, vector, payload } of written) {
        this.rows.delete(id); // it comes behind the others
        this.rows.set(id, { vectors: vector, payload });
      }
      const done = { inserted: written.length - replaced, replaced };
      return { operation: { upsert: points, ...(condition && { condition }) } as Operation, done };
    }
    if (draw < 0.65) {
      const points = this.ids(5).map((id) => {
        const vector = this.vectors(0.35);
        return { id, vector: Object.keys(vector).length > 0 ? vector : { '': someValue('', this.random) } };
      });
      if (this.random() < 0.2) points.push({ id: points[0]!.id, vector: { '': someValue('', this.random) } });
      for (const { id, vector } of points) {
        const row = this.rows.get(id);
        if (row) this.rows.set(id, { ...row, vectors: { ...row.vectors, ...vector } });
      }
      const updated = new Set(points.map(({ id }) => id).filter((id) => this.rows.has(id))).size;
      return { operation: { updateVectors: points } as Operation, done: { updated } };
    }
    const filter = this.filter();
    const named = this.random() < 0.7 ? this.ids(4) : undefined;
    const which = (named ?? this.matching(filter)).filter((id) => this.rows.has(id));
    if (draw < 0.82) {
      const fields = this.fields(0.3);
      if (fields.length === 0) fields.push('');
      for (const id of which) {
        const row = this.rows.get(id)!;
        const vectors = Object.fromEntries(
          Object.entries(row.vectors).filter(([name]) => !fields.includes(name as Field)),
        );
        this.rows.set(id, { ...row, vectors });
      }
      return { operation: { deleteVectors: named ?? { filter }, fields }, done: { updated: which.length } };
    }
    if (draw < 0.92) {
      const payload = this.#payload();
      for (const id of which)
        this.rows.set(id, { ...this.rows.get(id)!, payload: { ...this.rows.get(id)!.payload, ...payload } });
      return { operation: { setPayload: named ?? { filter }, payload }, done: { updated: which.length } };
    }
    for (const id of which) this.rows.delete(id);
    return { operation: { delete: named ?? { filter } }, done: { deleted: which.length } };
  }

  #payload(): Row['payload'] {
    return {
      n: ++this.#n,
      ...(this.random() < 0.6 && { word: WORDS[integer(this.random, 0, 3)]! }),
      ...(this.random() < 0.5 && {
        parts: Array.from({ length: integer(this.random, 0, 4) }, () => somePart(this.random)),
      }),
    };
  }

  /** The best `k` in a field, by brute force; those of the same score in the order in which they were written. */
  #best(
    field: Field,
    query: Value,
    k: number,
    among: (id: PointId) => boolean,
  ): { readonly id: PointId; readonly score: number }[] {
    const scores = [...this.rows].flatMap(([id, { vectors }]) => {
      const score = vectors[field] && among(id) ? scoreOf(field, query, vectors[field]) : undefined;
      return score === undefined ? [] : [{ id, score }];
    });
    const sign = HIGHER.includes(field) ? -1 : 1;
    return scores.sort((a, b) => sign * (a.score - b.score)).slice(0, k);
  }

  /** A search of each field is exact, and each hit has the score of its own vector. */
  async expectSearches(collection: Collection, k = 8): Promise<void> {
    if (this.there.has('t')) await this.#expectWords(collection);
    if (this.there.has('p')) await this.#expectSaid(collection);
    for (const field of this.#present) {
      const query = someValue(field, this.random);
      const filter = this.random() < 0.4 ? this.filter() : undefined;
      const matching = filter && new Set(this.matching(filter));
      const options = { k, using: field, ...(filter && { filter }) };
      const hits = await collection.search(query as number[], options as { k: number });
      const best = this.#best(field, query, k, (id) => !matching || matching.has(id));
      expectNear(
        hits.map(({ score }) => score),
        best.map(({ score }) => score),
        `scores in the field "${field}"`,
      );
      const ids = best.map(({ id }) => id);
      expect(
        hits.map(({ id }) => id),
        `points in the field "${field}"`,
      ).toEqual(ids);
      for (const { id, score } of hits) {
        const own = this.rows.get(id)?.vectors[field];
        expectNear(
          [score],
          [own ? scoreOf(field, query, own) : undefined],
          `the score of ${String(id)} in "${field}"`,
        );
        if (matching) expect(matching.has(id)).toBe(true);
      }
    }
  }

  async #expectWords(collection: Collection): Promise<void> {
    const text = WORDS[integer(this.random, 0, WORDS.length)]!;
    const having = [...this.rows].filter(([, { payload }]) => payload.word === text).map(([id]) => id);
    const hits = await collection.search({ text }, { using: 't', k: 100 });
    expect(hits.map(({ id }) => id).sort(), text).toEqual(having.sort());
  }

  /** Words in any of the strings of a point; a phrase in one of them. */
  async #expectSaid(collection: Collection): Promise<void> {
    const match = (['any', 'all', 'phrase'] as const)[integer(this.random, 0, 3)]!;
    const words = Array.from(
      { length: integer(this.random, 1, 4) },
      () => WORDS[integer(this.random, 0, 3)]!,
    );
    const text = words.join(' ');
    const matches = (said: readonly string[]): boolean => {
      const all = said.flatMap((one) => one.split(' '));
      if (match === 'phrase') return said.some((one) => ` ${one} `.includes(` ${text} `));
      return match === 'any'
        ? words.some((word) => all.includes(word))
        : words.every((word) => all.includes(word));
    };
    const having = [...this.rows]
      .filter(([, { payload }]) => matches(saidIn(payload.parts)))
      .map(([id]) => id);
    const hits = await collection.search({ text, match }, { using: 'p', k: 100 });
    expect(hits.map(({ id }) => id).sort(), `${match} "${text}" among what is said`).toEqual(having.sort());
  }

  /** Points have what they should, and filters match those that they should. */
  async expectPoints(collection: Collection): Promise<void> {
    const ids = Array.from({ length: 40 }, (_, id) => id);
    const stored = await collection.getMany(ids);
    for (const id of ids) {
      const row = this.rows.get(id);
      const found = stored[id];
      expect(found?.payload, `payload of ${id}`).toEqual(row?.payload);
      if (row) expect(plain(found!.vector), `vectors of ${id}`).toEqual(row.vectors);
    }
    for (const field of this.#present) {
      const filter = { must: [{ has_vector: field }] };
      expect(await collection.count({ filter }), `points with "${field}"`).toBe(this.matching(filter).length);
    }
    const filter = this.filter();
    expect(await collection.count({ filter }), JSON.stringify(filter)).toBe(this.matching(filter).length);
    for (const field of this.#present.filter((one) => DENSE.includes(one)))
      expect(collection.status().fields[field]!.points).toBe(
        this.matching({ must: [{ has_vector: field }] }).length,
      );
  }
}

function expectNear(
  got: readonly (number | undefined)[],
  expected: readonly (number | undefined)[],
  what: string,
): void {
  const rounded = (scores: readonly (number | undefined)[]): (number | undefined)[] =>
    scores.map((score) => score && Math.round(score * 1e3) / 1e3);
  expect(rounded(got), what).toEqual(rounded(expected));
}

/** Vectors as plain arrays, by the names of fields. */
function plain(vectors: unknown): Record<string, unknown> {
  const all = Object.entries((vectors ?? {}) as Record<string, unknown>).map(([name, value]) => {
    if (value instanceof Float32Array) return [name, [...value]];
    if (Array.isArray(value)) return [name, value.map((one) => [...(one as Float32Array)])];
    const { indices, values } = value as { indices: Uint32Array; values: Float32Array };
    return [name, { indices: [...indices], values: [...values] }];
  });
  return Object.fromEntries(all);
}

/** Makes an operation by its own call. */
export function make(collection: Collection, operation: Operation): ReturnType<Collection['batch']> {
  if ('upsert' in operation)
    return collection.upsert(operation.upsert, operation.condition && { condition: operation.condition });
  if ('updateVectors' in operation) return collection.updateVectors(operation.updateVectors);
  if ('deleteVectors' in operation)
    return collection.deleteVectors(operation.deleteVectors, operation.fields);
  if ('setPayload' in operation) return collection.setPayload(operation.setPayload, operation.payload);
  return collection.delete((operation as { delete: number[] }).delete);
}

/** One call, a batch, or several calls at once. */
export async function writeSome(model: FieldsModel, collection: Collection): Promise<void> {
  const draw = model.random();
  if (draw < 0.4) {
    const { operation, done } = model.operation();
    expect(await make(collection, operation), JSON.stringify(operation)).toMatchObject(done);
    return;
  }
  const some = Array.from({ length: integer(model.random, 1, 7) }, () => model.operation());
  if (draw < 0.7) {
    const receipts = await Promise.all(some.map(({ operation }) => make(collection, operation)));
    for (const [i, receipt] of receipts.entries()) expect(receipt).toMatchObject(some[i]!.done);
    return;
  }
  const sums = { inserted: 0, replaced: 0, deleted: 0, updated: 0 };
  for (const { done } of some)
    for (const name of Object.keys(done) as (keyof typeof sums)[]) sums[name] += done[name]!;
  const operations = some.map(({ operation }) => operation);
  expect(await collection.batch(operations), JSON.stringify(operations)).toMatchObject(sums);
}
