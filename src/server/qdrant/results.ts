/* Converts points to Qdrant's records. */
import type { NamedVectors, PayloadChoice } from '../../api/points.js';
import type { PointId } from '../../base/ids.js';
import type { Payload, PointRecord, ScoredPoint, WithPayloadInterface, WithVector } from './api/values.js';
import { QdrantError } from './errors.js';
import { scoreOut } from './floats.js';
import { idOut } from './ids.js';
import { vectorsOut } from './vectors.js';
import type { CollectionView } from './view.js';

/** A point as Silt returns it. */
export interface Found {
  readonly id: PointId;
  readonly payload?: object;
  readonly vector?: Float32Array | NamedVectors;
  readonly orderValue?: number;
  readonly seq?: number;
  /** Why the point cannot be read, if it is damaged. */
  readonly unreadable?: string;
}

export interface Wanted {
  readonly payload: PayloadChoice;
  readonly vector: WithVector | null | undefined;
}

/** Converts `with_payload`. `unless`: the default. */
export function withPayloadIn(
  wanted: WithPayloadInterface | null | undefined,
  unless: boolean,
): PayloadChoice {
  if (wanted === null || wanted === undefined) return unless;
  if (typeof wanted === 'boolean') return wanted;
  return Array.isArray(wanted) ? { include: wanted } : wanted;
}

/** @throws QdrantError 500 for a damaged point: returned without its payload, it would be copied that way */
function checkReadable({ id, unreadable }: Found): void {
  if (unreadable !== undefined)
    throw new QdrantError(
      500,
      `Service internal error: point ${id} cannot be read: ${unreadable}. Upsert it again or delete it`,
    );
}

/** @throws QdrantError 500 for a damaged point */
export function recordOut(view: CollectionView, point: Found, wanted: Wanted): PointRecord {
  checkReadable(point);
  const out: PointRecord = { id: idOut(point.id) };
  if (wanted.payload !== false) out.payload = (point.payload as Payload | undefined) ?? {};
  if (wanted.vector && (!Array.isArray(wanted.vector) || wanted.vector.length > 0)) {
    const vector = vectorsOut(view, point.vector, wanted.vector);
    if (vector !== undefined) out.vector = vector;
  }
  if (point.orderValue !== undefined) out.order_value = point.orderValue;
  return out;
}

/** @throws QdrantError 500 for a damaged point */
export function scoredOut(
  view: CollectionView,
  hit: Found & { readonly score: number },
  wanted: Wanted,
): ScoredPoint {
  checkReadable(hit);
  const { id } = hit;
  const out: ScoredPoint = { id: idOut(id), version: hit.seq ?? 0, score: scoreOut(hit.score) };
  if (wanted.payload !== false) out.payload = (hit.payload as Payload | undefined) ?? {};
  if (wanted.vector && (!Array.isArray(wanted.vector) || wanted.vector.length > 0)) {
    const vector = vectorsOut(view, hit.vector, wanted.vector);
    if (vector !== undefined) out.vector = vector;
  }
  if (hit.orderValue !== undefined) out.order_value = hit.orderValue;
  return out;
}
