/*
 * What `explain` says of fields that a filter asks about and no point has, as far as it was seen: a misspelt field is not an
 * error, since any point may bring it, and it looks like a filter that nothing matches.
 */
import { didYouMean } from '../../base/hints.js';
import type { Condition } from '../../filter/condition.js';
import { addFields, pathsIn } from '../../filter/fields.js';
import { type Path, valuesAt } from '../../filter/path.js';
import type { Payload } from '../../store/payload.js';
import type { LiveIndex } from '../live-index.js';

/** Payloads that are looked at, evenly spread; and fields of them that are remembered for "did you mean". */
const LOOKED_AT = 128;
const FIELDS_MAX = 512;

/** A sentence for each such field; empty where all were seen, or no payload was. */
export function missingFields(live: LiveIndex, condition: Condition): string[] {
  const unseen = pathsIn(condition).filter((path) => !isIndexed(live, path));
  if (unseen.length === 0) return [];
  const { payloads, all } = look(live);
  const missing = unseen.filter((path) => payloads.every((one) => valuesAt(one, path).length === 0));
  if (payloads.length === 0 || missing.length === 0) return [];
  const fields = new Set(Array.from(live.payloadIndexes.all, ({ path }) => path.text));
  for (const payload of payloads) addFields(payload, fields, FIELDS_MAX);
  const known = [...fields];
  const who = all ? 'no point has' : `none of ${payloads.length} points looked at has`;
  return missing.map(
    ({ text }) => `${who} a value at ${text}${inside(text, known) || didYouMean(text, known)}`,
  );
}

/** Others have their paths begin at the point. */
const FROM_POINT = 'payload.';

/** For `payload.city`, where there is `city`. */
function inside(text: string, known: readonly string[]): string {
  const path = text.startsWith(FROM_POINT) ? text.slice(FROM_POINT.length) : '';
  return known.includes(path) ? `: paths begin in the payload, write ${path}` : '';
}

/** Whether a payload index has values of this field. */
function isIndexed(live: LiveIndex, { text }: Path): boolean {
  return (live.payloadIndexes.get(text)?.index.entries ?? 0) > 0;
}

/** Payloads from all over the collection; `all`: there are no others. */
function look(live: LiveIndex): { payloads: Payload[]; all: boolean } {
  const { slots } = live.rows;
  const payloads: Payload[] = [];
  const step = Math.max(1, Math.floor(slots / LOOKED_AT));
  let looked = 0;
  for (let slot = 0; slot < slots && looked < LOOKED_AT; slot += step) {
    if (!live.rows.isLiveAt(slot)) continue;
    looked++;
    payloads.push(live.stored.point(live.rows.rowAt(slot))?.payload ?? {});
  }
  return { payloads, all: looked === live.rows.count };
}
