/*
 * Filters as callers write them: Qdrant's grammar, as types. parse.ts checks what these cannot say. Everywhere, a
 * member that is undefined counts as left out.
 */

import type { PointId } from '../base/ids.js';
import type { AnyFields, Fields, VectorName } from './fields.js';
import type { PathInto } from './paths.js';
import type { Payload } from './points.js';

/** One of the members of T, and only that one. */
type ExactlyOne<T> = {
  [K in keyof T]: Readonly<Pick<T, K>> & { readonly [L in Exclude<keyof T, K>]?: undefined };
}[keyof T];

/** What a value is compared with: strings by their characters (case counts), numbers by value, 1 and true differ. */
export type MatchValue = string | number | boolean;

interface Matches {
  /** Some element is this value. Any finite number, where Qdrant takes integers alone. */
  value: MatchValue;
  /** Some element is one of these, which may mix types. `[]` matches nothing. */
  any: readonly MatchValue[];
  /**
   * Some element is none of these, and not null. `[]` matches every element that is not null. An array matches by
   * a single element outside; to ask that no element be one of these, put `any` into `must_not`.
   */
  except: readonly MatchValue[];
  /**
   * Some element is a string that has all words of this text, in any order and case. A text without words matches
   * nothing.
   */
  text: string;
  /** Some element is a string that has at least one word of this text, in any case. */
  text_any: string;
  /** Some element is a string that has the words of this text one right after another, in this order and in any case. */
  phrase: string;
  /** Some element is a string that contains this text, letter by letter. Case counts. */
  contains: string;
  /** Some element is a string that begins with this text, letter by letter. Case counts. */
  prefix: string;
}

/** How a value is matched: by exactly one of `value`, `any`, `except`, `text`, `text_any`, `phrase`, `contains`, `prefix`. */
export type Match = ExactlyOne<Matches>;

/** The ends of a range. All that are given hold; null counts as left out. */
export interface Ends<T> {
  /** Greater than. */
  readonly gt?: T | null | undefined;
  /** Greater than or equal to. */
  readonly gte?: T | null | undefined;
  /** Less than. */
  readonly lt?: T | null | undefined;
  /** Less than or equal to. */
  readonly lte?: T | null | undefined;
}

/** Numbers within these ends, which are finite. Without ends: any number. */
export interface Range extends Ends<number> {}

/**
 * Strings that name a time within these ends. Ends and values are RFC 3339, such as `2024-05-01T12:00:00Z`; also
 * with a space for the T, without a zone (UTC), without seconds, or the date alone. Compared by the microsecond.
 */
export interface DatetimeRange extends Ends<string> {}

/** How many values there are: integers from 0. An array counts its elements, null and what is missing are 0, else 1. */
export interface ValuesCount extends Ends<number> {}

/** A place, in degrees. */
export interface GeoPoint {
  /** Latitude, -90 to 90. */
  readonly lat: number;
  /** Longitude, -180 to 180. */
  readonly lon: number;
}

/** A box between two parallels and two meridians; its edges are outside. */
export interface GeoBoundingBox {
  /** The corner in the north-west. If its `lon` is the greater one, the box crosses the date line. */
  readonly top_left: GeoPoint;
  /** The corner in the south-east; its `lat` is not above that of `top_left`. */
  readonly bottom_right: GeoPoint;
}

/** A circle on the globe; its edge is outside. */
export interface GeoRadius {
  readonly center: GeoPoint;
  /** Meters, from 0. Measured on a sphere with the mean radius of the earth, 6,371,008.8 m. */
  readonly radius: number;
}

/** A line of places, of which the last is the first again: at least 4. */
export interface GeoRing {
  readonly points: readonly GeoPoint[];
}

/**
 * A polygon: within `exterior`, and not within any of `interiors`, which are holes. Edges are straight lines in degrees
 * and belong to it, also the edges of its holes. None crosses the date line: where an area does, give two polygons. At
 * most 10,000 places in all.
 */
export interface GeoPolygon {
  readonly exterior: GeoRing;
  readonly interiors?: readonly GeoRing[] | undefined;
}

interface FieldTests {
  /** Equal to, one of, none of, has these words, contains this text, or begins with it. */
  match: Match;
  /** Within a range of numbers or of times, not both. */
  range: Range | DatetimeRange;
  /** How many values there are. Of several values that a path with `[]` finds, one suffices. */
  values_count: ValuesCount;
  /** An object `{ lat, lon }` within a box. */
  geo_bounding_box: GeoBoundingBox;
  /** An object `{ lat, lon }` within a circle. */
  geo_radius: GeoRadius;
  /** An object `{ lat, lon }` within a polygon or on its edge. */
  geo_polygon: GeoPolygon;
  /** True: missing, null, or `[]`. False: the opposite. */
  is_empty: boolean;
  /** True: null, or an array that holds null; what is missing is not null. False: the opposite. */
  is_null: boolean;
}

/**
 * Exactly one test of the values at a path. Where a value is an array, the test holds if it holds for any element;
 * arrays within arrays are not looked into.
 */
export type FieldCondition<P extends object = Payload> = {
  /**
   * Path into the payload: `a.b`; `a[].b`, of every element of the array `a`; `a[0]`, of one element. A key of other
   * signs than letters, digits, `_` and `-` stands in double quotes: `"a b".c`.
   */
  readonly key: PathInto<P>;
} & ExactlyOne<FieldTests>;

/** The value at a path is missing, null, or `[]`. */
export interface IsEmptyCondition<P extends object = Payload> {
  readonly is_empty: { readonly key: PathInto<P> };
}

/** The value at a path is null, or an array that holds null. What is missing is not null. */
export interface IsNullCondition<P extends object = Payload> {
  readonly is_null: { readonly key: PathInto<P> };
}

/** The id of the point is one of these. Not within `nested`, where nothing has an id. */
export interface HasIdCondition {
  readonly has_id: readonly PointId[];
}

/**
 * The point has a vector in the field of this name, dense, sparse or several; '' is the unnamed one. Not within `nested`. Known
 * names are completed, and others are not refused: a filter may be written before its collection is known.
 */
export interface HasVectorCondition<F extends Fields = AnyFields> {
  readonly has_vector: VectorName<F> | (string & Record<never, never>);
}

/**
 * Some object in the array at `key` (the `[]` may be left out) meets `filter` on its own: its keys start there.
 * Anything that is not an object in an array never matches.
 */
export interface NestedCondition<P extends object = Payload> {
  readonly nested: { readonly key: PathInto<P>; readonly filter: Filter };
}

/** At least `min_count` (1 or more) of the conditions hold. */
export interface MinShould<P extends object = Payload, F extends Fields = AnyFields> {
  readonly conditions: readonly FilterCondition<P, F>[];
  readonly min_count: number;
}

/**
 * Which points: those for which all parts hold that are given. `{}` is every point, and an empty array is no
 * constraint. At most 64 filters deep.
 */
export interface Filter<P extends object = Payload, F extends Fields = AnyFields> {
  /** All of these hold. */
  readonly must?: FilterCondition<P, F> | readonly FilterCondition<P, F>[] | undefined;
  /** At least one of these holds. */
  readonly should?: FilterCondition<P, F> | readonly FilterCondition<P, F>[] | undefined;
  /** None of these holds. */
  readonly must_not?: FilterCondition<P, F> | readonly FilterCondition<P, F>[] | undefined;
  /** At least so many of these hold. */
  readonly min_should?: MinShould<P, F> | undefined;
}

type Heads = 'key' | 'is_empty' | 'is_null' | 'has_id' | 'has_vector' | 'nested' | keyof Filter;

/** A condition, and nothing of the others: without this, the members of all of them could be mixed. */
type Only<T> = T & { readonly [K in Exclude<Heads, keyof T>]?: undefined };

/** What stands in `must`, `should`, `must_not` and `min_should`: a test, or a filter of its own. */
export type FilterCondition<P extends object = Payload, F extends Fields = AnyFields> =
  | Only<FieldCondition<P>>
  | Only<IsEmptyCondition<P>>
  | Only<IsNullCondition<P>>
  | Only<HasIdCondition>
  | Only<HasVectorCondition<F>>
  | Only<NestedCondition<P>>
  | Only<Filter<P, F>>;
