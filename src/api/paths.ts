/* The paths into payloads of a type, for the completion of filter keys. Other strings are accepted as well. */

type Less = [0, 0, 1, 2, 3, 4];

/** A key as it is written in a path: in quotes where it has other characters than letters, digits, _ and -. */
type Written<K extends string> =
  K extends `${string}${' ' | '.' | '/' | ':' | '$' | '@' | '#' | '[' | ']'}${string}` ? `"${K}"` : K;

type Behind<K extends string, V, Depth extends number> = Depth extends 0
  ? never
  : V extends readonly (infer E)[]
    ? `${K}[]` | Behind<`${K}[]`, Exclude<E, readonly unknown[]>, Less[Depth]>
    : V extends object
      ? `${K}.${Paths<V, Less[Depth]>}`
      : never;

type Paths<P, Depth extends number> = P extends object
  ? string extends keyof P
    ? never
    : {
        [K in keyof P & string]-?: Written<K> | Behind<Written<K>, NonNullable<P[K]>, Depth>;
      }[keyof P & string]
  : never;

/** A path to a value in payloads of type `P`: `a`, `a.b`, `a[].b`, five keys deep. */
export type PayloadPath<P> = Paths<P, 4>;

/** A path, completed from `P` where that is known. */
export type PathInto<P> = PayloadPath<P> | (string & Record<never, never>);
