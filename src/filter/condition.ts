/*
 * A filter as it is worked with: checked, and the same thing said in one way only. parse.ts makes it from what a
 * caller wrote (grammar.ts); evaluate.ts tests payloads by it, and payload indexes answer its tests.
 */
import type { Path } from './path.js';
import type { Polygon } from './polygon.js';

export type Scalar = string | number | boolean;

/** Ends of a range; an end that is left out is an infinity, and open. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  /** Whether the end itself belongs to the range. */
  readonly withFrom: boolean;
  readonly withTo: boolean;
}

/** What is asked of the values at one path of a payload. */
export type Test =
  /** Some element is one of these. */
  | { readonly kind: 'match'; readonly values: ReadonlySet<Scalar> }
  /** Some element is none of these. */
  | { readonly kind: 'except'; readonly values: ReadonlySet<Scalar> }
  /** Some element is a string that has all words of this text. */
  | { readonly kind: 'text'; readonly text: string }
  /** Some element is a string that has at least one word of this text. */
  | { readonly kind: 'text_any'; readonly text: string }
  /** Some element is a string that has the words of this text one after another. */
  | { readonly kind: 'phrase'; readonly text: string }
  /** Some element is a string that contains this text, letter by letter. */
  | { readonly kind: 'contains'; readonly text: string }
  /** Some element is a string that begins with this text, letter by letter. */
  | { readonly kind: 'prefix'; readonly text: string }
  /** Some element is a number within. */
  | { readonly kind: 'number'; readonly range: Interval }
  /** Some element is a string that names a time within: microseconds since 1970. */
  | { readonly kind: 'datetime'; readonly range: Interval }
  /**
   * Some element is a place within, not on the edge: degrees. `west` is greater than `east` where the box crosses the
   * date line.
   */
  | {
      readonly kind: 'box';
      readonly north: number;
      readonly south: number;
      readonly west: number;
      readonly east: number;
    }
  /** Some element is a place nearer than `radius` meters. */
  | { readonly kind: 'circle'; readonly lat: number; readonly lon: number; readonly radius: number }
  /** Some element is a place within, or on an edge. */
  | ({ readonly kind: 'polygon' } & Polygon)
  /** Some value has so many elements: null has none, a value that is not an array has one. Where there is no value: none. */
  | { readonly kind: 'count'; readonly range: Interval }
  /** Every value is null or []; so where there is no value. */
  | { readonly kind: 'empty'; readonly is: boolean }
  /** Some value is null, or an array that holds null. */
  | { readonly kind: 'null'; readonly is: boolean };

export type Condition =
  | { readonly kind: 'field'; readonly path: Path; readonly test: Test }
  /** The point's id is one of these: keys of ids, as strings of one character a byte. */
  | { readonly kind: 'id'; readonly keys: ReadonlySet<string> }
  /** The point has a vector in a field, by the number of that. */
  | { readonly kind: 'vector'; readonly field: number }
  /** Some object at the path, which ends with `[]`, meets `of`; paths in there start at the object. */
  | { readonly kind: 'nested'; readonly path: Path; readonly of: Condition }
  /** All; of none: everything. */
  | { readonly kind: 'all'; readonly of: readonly Condition[] }
  /** At least `count` of them. */
  | { readonly kind: 'some'; readonly count: number; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition };
