/* A filter as it is typed, behind `--filter` and into the line of `silt browse`: Qdrant's JSON, or its short form. */
import type { Filter } from '../../api/filter.js';
import { FilterFault, isShort, shortFilter } from '../../filter/short.js';
import { parse } from '../../server/http/json.js';
import { jsonFault } from './json-fault.js';

export interface Typed {
  /** Undefined: all points. */
  readonly filter: Filter | undefined;
  /** Where each condition of `must` begins. */
  readonly places: readonly number[];
}

/** @throws FilterFault */
export function filterIn(text: string): Typed {
  const { json, places } = isShort(text) ? shortFilter(text) : { json: text, places: [] };
  if (json === '') return { filter: undefined, places };
  try {
    return { filter: parse(json) as Filter, places };
  } catch (error) {
    throw new FilterFault(places[0] ?? jsonFault(text), (error as Error).message);
  }
}
