/* The walk of a query on the map: through the graph as it is now, by the effort that a search makes that asks for nothing else. */
import { showId } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { idKeyOf, type PointId } from '../base/ids.js';
import { ALL } from '../hnsw/admitted.js';
import { byDistance, type Query } from '../hnsw/query.js';
import { tracedIn } from '../hnsw/traced.js';
import { checkVector } from '../hnsw/vectors.js';
import type { VectorLike } from '../kernel/metrics.js';
import type { MapWalk } from '../map/walk.js';
import type { CollectionCore } from './core.js';
import type { LiveField } from './live-field.js';

/** A query: a vector, or that of a point, of which the walk takes no notice. */
export type WalkQuery =
  | { readonly vector: VectorLike }
  | { readonly id: PointId }
  /** The number of a point on the map. */
  | { readonly like: number };

export interface WalkOptions {
  readonly query: WalkQuery;
  readonly k: number;
  readonly ef: number | undefined;
  /** The widest beam: a walk is one turn of the event loop. */
  readonly efMost: number;
}

/** What a walk needs of a map. */
export interface Numbered {
  readonly field: LiveField;
  rowOf(number: number): number | undefined;
  /** -1 for none. */
  numberAt(place: number): number;
}

/** The slot of the point whose vector is the query; undefined where the query is a vector. */
function slotOf({ live }: CollectionCore, map: Numbered, query: WalkQuery): number | undefined {
  if ('vector' in query) return undefined;
  const row = 'id' in query ? live.store.rowOf(live.collection, idKeyOf(query.id)) : map.rowOf(query.like);
  const slot = row === undefined ? undefined : live.slots.slotOf(row);
  if (slot !== undefined) return slot;
  throw new ValidationError(
    'INVALID_QUERY',
    'id' in query
      ? `there is no point ${showId(query.id)}`
      : 'the point of this query was deleted or replaced',
  );
}

/** In one turn. Of several arenas, one graph after another. @throws ValidationError where the query is not a vector of the field */
export function walkOn(core: CollectionCore, map: Numbered, { query, k, ef, efMost }: WalkOptions): MapWalk {
  const { field } = map;
  const { engine, part } = field;
  const slot = slotOf(core, map, query);
  const vector = 'vector' in query ? query.vector : field.vectorAt(slot!);
  if (!vector)
    throw new ValidationError('INVALID_QUERY', 'the point of this query has no vector in this field');
  checkVector(vector, field.spec.dimension);
  const aim = core.reader.of(field).aims.for({ k, recall: undefined, ef, filtered: false });
  const hidden = slot === undefined ? undefined : part.places.placeOf(slot);
  const asked: Query = {
    vector,
    k: k + (hidden === undefined ? 0 : 1),
    ef: Math.max(Math.min(aim.ef, efMost), k),
    bound: aim.bound,
    hidden,
    ...{ admitted: ALL, exact: false, exactBelow: 0 },
  };
  const walks = engine.arenas.map((arena) => ({ arena, ...tracedIn(arena, asked) }));
  const found = walks.flatMap((walk) => walk.found).sort(byDistance);
  return {
    ef: asked.ef,
    query: hidden === undefined ? -1 : map.numberAt(hidden),
    steps: walks.flatMap(({ arena, steps }) =>
      steps.map(({ level, expanded, met }) => ({
        level,
        expanded: expanded.map((row) => map.numberAt(arena.base + row)),
        met: met.map(({ row, distance, from }) => ({
          number: map.numberAt(arena.base + row),
          distance,
          from: from < 0 ? -1 : map.numberAt(arena.base + from),
        })),
      })),
    ),
    found: found.slice(0, k).map(({ slot: place, distance }) => ({ number: map.numberAt(place), distance })),
  };
}
