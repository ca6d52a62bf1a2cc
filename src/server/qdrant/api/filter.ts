/* Filters, as Qdrant has them. */
import type { ExtendedPointId } from './values.js';

export interface Filter {
  must?: Condition | Condition[] | null;
  must_not?: Condition | Condition[] | null;
  should?: Condition | Condition[] | null;
  min_should?: { conditions: Condition[]; min_count: number } | null;
}

export type Condition =
  | FieldCondition
  | { is_empty: { key: string } }
  | { is_null: { key: string } }
  | { has_id: ExtendedPointId[] }
  | { has_vector: string }
  | { slice: { total: number; index: number } }
  | { nested: { key: string; filter: Filter } }
  | Filter;

/** Of several operators, one must hold. */
export interface FieldCondition {
  key: string;
  match?: Match | null;
  range?: Range | DatetimeRange | null;
  geo_bounding_box?: { top_left: GeoPoint; bottom_right: GeoPoint } | null;
  geo_radius?: { center: GeoPoint; radius: number } | null;
  geo_polygon?: { exterior: GeoLineString; interiors?: GeoLineString[] | null } | null;
  values_count?: Range | null;
  is_empty?: boolean | null;
  is_null?: boolean | null;
}

export type Match =
  | { value: string | number | boolean }
  | { text: string }
  | { text_any: string }
  | { phrase: string }
  | { prefix: string }
  | { any: string[] | number[] }
  | { except: string[] | number[] };

export interface Range {
  lt?: number | null;
  gt?: number | null;
  gte?: number | null;
  lte?: number | null;
}

export interface DatetimeRange {
  lt?: string | null;
  gt?: string | null;
  gte?: string | null;
  lte?: string | null;
}

export interface GeoPoint {
  lon: number;
  lat: number;
}

export interface GeoLineString {
  points: GeoPoint[];
}
