/* The kinds of payload indexes. */
import { BoolContents } from './bool.js';
import { GeoContents } from './geo.js';
import { KeywordContents } from './keyword.js';
import { NUMBERS, NumberContents, TIMES } from './number.js';
import { PathIndex } from './path-index.js';
import { TextContents } from './text.js';
import { UuidVocabulary } from './uuid.js';
import type { Contents, IndexKind, ValueIndex } from './value-index.js';
import { Vocabulary } from './vocabulary.js';

const KINDS: Readonly<Record<IndexKind, () => Contents>> = {
  keyword: () => new KeywordContents(new Vocabulary()),
  integer: () => new NumberContents(NUMBERS),
  float: () => new NumberContents(NUMBERS),
  bool: () => new BoolContents(),
  datetime: () => new NumberContents(TIMES),
  text: () => new TextContents(),
  geo: () => new GeoContents(),
  uuid: () => new KeywordContents(new UuidVocabulary()),
};

/** An index of this kind, of no rows. */
export function newValueIndex(kind: IndexKind): ValueIndex {
  return new PathIndex(kind, KINDS[kind]());
}
