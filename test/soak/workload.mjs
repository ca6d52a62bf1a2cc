/*
 * Mixed work on one collection, beside a Map that knows what must be there: points replaced, deleted by id and by
 * filter, found, counted; indexes made and dropped. Writes run one after another, reads beside them.
 *
 * A point carries the number of its write. A read that begins when write n of an id was acknowledged must give write n
 * or a later one that has been called by the time the read ends; never an earlier one, and never a deleted point.
 */
import { performance } from 'node:perf_hooks';

/** mulberry32 */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The vector of write `n` of an id: around one of fifty centres. */
export function vectorOf(id, n, dimension) {
  const centre = randomOf(id % 50);
  const own = randomOf(id * 7_919 + n);
  return Float32Array.from({ length: dimension }, () => centre() - 0.5 + 0.4 * (own() - 0.5));
}

const GROUPS = 20;

export class Workload {
  /** Id → number of its last write that was acknowledged; -n: deleted, when write n was the last. */
  #acknowledged = new Map();
  /** Id → number of its last write that was called; what a deletion called takes away as well. */
  #called = new Map();
  #deleting = new Set();
  #random;
  #n = 0;
  #indexed = false;
  counts = { upserted: 0, deleted: 0, searches: 0, reads: 0, indexes: 0, compactions: 0 };

  constructor(seed, { points, dimension, onLatency }) {
    this.#random = randomOf(seed);
    this.points = points;
    this.dimension = dimension;
    this.onLatency = onLatency;
  }

  get live() {
    let live = 0;
    for (const n of this.#acknowledged.values()) if (n > 0) live++;
    return live;
  }

  #below(most) {
    return Math.floor(this.#random() * most);
  }

  /** One writing call, to its end. */
  async write(collection) {
    const dice = this.#random();
    if (dice < 0.86) await this.#upsert(collection, 1 + this.#below(140));
    else if (dice < 0.96) await this.#delete(collection, 1 + this.#below(30));
    else if (dice < 0.985) await this.#deleteGroup(collection);
    else await this.#changeIndex(collection);
  }

  async fill(collection) {
    for (let from = 0; from < this.points; from += 500)
      await this.#write(
        collection,
        Array.from({ length: Math.min(500, this.points - from) }, (_, i) => from + i),
      );
  }

  async #upsert(collection, count) {
    const ids = new Set(Array.from({ length: count }, () => this.#below(this.points)));
    await this.#write(collection, [...ids]);
  }

  async #write(collection, ids) {
    const n = ++this.#n;
    for (const id of ids) this.#called.set(id, n);
    const began = performance.now();
    await collection.upsert(
      ids.map((id) => ({
        id,
        vector: vectorOf(id, n, this.dimension),
        payload: { n, group: (id + n) % GROUPS, text: `write ${n} of point ${id}` },
      })),
    );
    this.onLatency('upsert', performance.now() - began);
    for (const id of ids) this.#acknowledged.set(id, n);
    this.counts.upserted += ids.length;
  }

  async #delete(collection, count) {
    const ids = [...new Set(Array.from({ length: count }, () => this.#below(this.points)))];
    for (const id of ids) this.#deleting.add(id);
    const { deleted } = await collection.delete(ids);
    const expected = ids.filter((id) => (this.#acknowledged.get(id) ?? 0) > 0).length;
    if (deleted !== expected) throw new Error(`delete said ${deleted}, ${expected} of them were there`);
    this.#forget(ids);
  }

  async #deleteGroup(collection) {
    const group = this.#below(GROUPS);
    const ids = [...this.#acknowledged]
      .filter(([id, n]) => n > 0 && (id + n) % GROUPS === group)
      .map(([id]) => id);
    for (const id of ids) this.#deleting.add(id);
    const { deleted } = await collection.delete({
      filter: { must: { key: 'group', match: { value: group } } },
    });
    if (deleted !== ids.length) throw new Error(`delete by filter said ${deleted}, ${ids.length} matched`);
    this.#forget(ids);
  }

  #forget(ids) {
    for (const id of ids) {
      this.#acknowledged.set(id, -this.#n);
      this.#deleting.delete(id);
    }
    this.counts.deleted += ids.length;
  }

  async #changeIndex(collection) {
    this.counts.indexes++;
    if (this.#indexed) await collection.dropPayloadIndex('group');
    else await collection.createPayloadIndex('group', 'integer');
    this.#indexed = !this.#indexed;
  }

  /** One read, checked. */
  async read(collection) {
    const dice = this.#random();
    if (dice < 0.8) return this.#search(collection, dice < 0.4);
    this.counts.reads++;
    const id = this.#below(this.points);
    const before = this.#acknowledged.get(id) ?? 0;
    const couldGo = this.#deleting.has(id);
    const point = await collection.get(id);
    if (point) this.#check(point, before);
    else if (before > 0 && !couldGo && !this.#deleting.has(id) && this.#acknowledged.get(id) === before)
      throw new Error(`point ${id} is not found, though write ${before} was acknowledged`);
  }

  async #search(collection, filtered) {
    this.counts.searches++;
    const before = new Map(this.#acknowledged);
    const group = this.#below(GROUPS);
    const query = vectorOf(this.#below(this.points), this.#below(1_000), this.dimension);
    const o = filtered ? { filter: { must: { key: 'group', match: { value: group } } } } : {};
    const began = performance.now();
    const hits = await collection.search(query, o);
    this.onLatency(filtered ? 'filtered' : 'search', performance.now() - began);
    if (new Set(hits.map(({ id }) => id)).size !== hits.length)
      throw new Error('a search gives a point twice');
    for (const hit of hits) {
      this.#check(hit, before.get(hit.id) ?? 0);
      if (filtered && hit.payload.group !== group)
        throw new Error(`point ${hit.id} does not match the filter`);
    }
    for (let i = 1; i < hits.length; i++)
      if (hits[i].score > hits[i - 1].score) throw new Error('hits are out of order');
  }

  /** `before`: what was acknowledged of the id when the read began. */
  #check({ id, payload }, before) {
    const least = before > 0 ? before : 1 - before;
    const most = this.#called.get(id) ?? 0;
    if (payload.n < least || payload.n > most)
      throw new Error(`point ${id} is of write ${payload.n}, expected one from ${least} to ${most}`);
  }

  /** Everything, compared with what must be there. No write may be under way. */
  async compare(collection) {
    const wanted = new Map([...this.#acknowledged].filter(([, n]) => n > 0));
    if ((await collection.count()) !== wanted.size)
      throw new Error(`${await collection.count()} points, expected ${wanted.size}`);
    for await (const { id, payload, vector } of collection.scroll({ withVector: true })) {
      if (payload.n !== wanted.get(id))
        throw new Error(`point ${id} is of write ${payload.n}, expected ${wanted.get(id)}`);
      const expected = vectorOf(id, payload.n, this.dimension);
      if (!expected.every((x, i) => x === vector[i])) throw new Error(`point ${id} has another vector`);
      wanted.delete(id);
    }
    if (wanted.size > 0) throw new Error(`${wanted.size} points are missing`);
    const report = await collection.verify();
    if (!report.ok) throw new Error(`verify: ${JSON.stringify(report)}`);
  }
}
