/*
 * Fields that come and go. Which a collection has is part of its record, whose change is one commit, in the order of the
 * writes; in the turn in which that is known, the parts in memory are changed (LiveIndex.otherFields). A field has a number
 * that no other had before: what is stored of a dropped one is of no field, and passed over. It is taken out of the store behind
 * that, in the background.
 */
import { atMost, show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { FIELDS_EVER_MAX } from '../../base/limits.js';
import { fieldsOf, isPlain } from '../../fields/field.js';
import { analyzerOf } from '../../fields/text/analysis/analyzer.js';
import type { RecordChange } from '../../store/entry.js';
import { COLLECTION, DROPPED, recordOf } from '../../store/records.js';
import { resolveConfig } from '../config.js';
import type { LiveIndex } from '../live-index.js';
import { checkDrop, readField, withField, withoutField } from '../new-field.js';
import { type CollectionRecord, fieldsEver } from '../record.js';
import { commitRecords } from '../write/queue.js';
import { recordsOfField } from './crash-loop.js';

/**
 * Checks and copies what is asked for. Returns what adds the field in its turn of the write queue; that rejects with a
 * ValidationError where the collection has a field of this name, or as many as it may have.
 *
 * @throws ValidationError
 */
export function createField(live: LiveIndex, name: unknown, field: unknown): () => Promise<void> {
  const given = readField(name, field);
  return async () => {
    if (live.poison) throw live.poison;
    if (live.fields.some((one) => one.name === given.name))
      throw new ValidationError(
        'INVALID_OPTION',
        `the collection has a field ${show(given.name)} already: drop it first, or take another name`,
      );
    const record = recordIn(live);
    const number = fieldsEver(record) + 1;
    atMost('fields that a collection ever had', number, FIELDS_EVER_MAX, 'Copy the points into a new one');
    const fields = { ...record.fields, [given.name]: number };
    await change(live, { ...record, config: withField(record.config, given), fields, fieldsEver: number });
  };
}

/** The same for dropping one; its number, or undefined where there is none. @throws ValidationError */
export function dropField(live: LiveIndex, name: unknown): () => Promise<number | undefined> {
  const checked = checkDrop(name);
  return async () => {
    if (live.poison) throw live.poison;
    const field = live.fields.find((one) => one.name === checked);
    if (!field) return undefined;
    const { number } = field;
    const record = recordIn(live);
    const left = Object.entries(record.fields ?? {}).filter(([other]) => other !== checked);
    const changed: CollectionRecord = {
      ...record,
      config: withoutField(record.config, checked),
      fields: Object.fromEntries(left),
      fieldsEver: fieldsEver(record),
    };
    const { collection } = live;
    const records = recordsOfField(collection, number);
    if (field.kind !== 'text') records.push([`${DROPPED}${collection}.${number}`, true]);
    await change(live, changed, records);
    return number;
  };
}

function recordIn({ store, name }: LiveIndex): CollectionRecord {
  return recordOf<CollectionRecord>(store, COLLECTION + name)!;
}

async function change(
  live: LiveIndex,
  record: CollectionRecord,
  others: readonly RecordChange[] = [],
): Promise<void> {
  const adopt = await prepared(live, record);
  const records: RecordChange[] = [[COLLECTION + live.name, record], ...others];
  await commitRecords(live.platform, live.store, records, () => {
    try {
      adopt();
    } catch (error) {
      throw live.poisonBy(error);
    }
  });
}

/** What makes the fields of a collection those of a record. @throws ValidationError where it cannot have these */
async function prepared(live: LiveIndex, record: CollectionRecord): Promise<() => void> {
  const { config, fields } = record;
  const resolved = resolveConfig(config, live.config.indexing); // as many threads as it has
  const specs = fieldsOf(resolved, fields);
  for (const spec of specs) if (spec.kind === 'text') await analyzerOf(spec.language);
  return live.otherFields(resolved, specs, fieldsEver(record) > 0);
}

/**
 * The same for the record that another process has left; undefined where nothing is new. A field that came and went since the last
 * look is: rows were written while it was there.
 */
export async function fieldsAhead(
  live: LiveIndex,
  record: CollectionRecord,
): Promise<(() => void) | undefined> {
  const now = live.fields.filter(({ name }) => name !== '').map(({ number }) => number);
  const then = Object.values(record.fields ?? {});
  const isSame = now.length === then.length && now.every((number) => then.includes(number));
  const isKnown = isSame && live.stored.plain === (fieldsEver(record) === 0 && isPlain(live.fields));
  return isKnown ? undefined : prepared(live, record);
}
