/* Columns of a batch of Arrow, before values are read: what has fewer bytes than its rows need, or offsets that lead elsewhere. */
import { type Data, DataType, type Union } from 'apache-arrow';

const fail = (why: string): never => {
  throw new Error(`a column ${why}`);
};

/** Offsets of values that lie one behind the other, in `room` elements. */
function expectOffsets({ valueOffsets, length }: Data, room: number): void {
  if (length === 0) return;
  if (valueOffsets.length <= length) fail('has fewer offsets than rows');
  let before = valueOffsets[0]!;
  if (before < 0) fail('has offsets before its beginning');
  for (let i = 1; i <= length; i++) {
    const next = valueOffsets[i]!;
    if (next < before) fail('has offsets that go back');
    before = next;
  }
  if (before > room) fail('has offsets behind its end');
}

function expectUnion(data: Data): void {
  const { length, typeIds, valueOffsets, children } = data;
  const places = (data.type as Union).typeIdToChildIndex;
  const dense = DataType.isDenseUnion(data.type);
  if (typeIds.length < length || (dense && valueOffsets.length < length)) fail('has fewer bytes than rows');
  for (let row = 0; row < length; row++) {
    const child = children[places[typeIds[row]!]!];
    const at = dense ? valueOffsets[row]! : row;
    if (!child || at < 0 || at >= child.length) fail('leads to a value that is not there');
  }
}

/** Values of one width, in bits where they are booleans. */
function expectWidth({ type, values, stride, length }: Data): void {
  const elements = (values as ArrayLike<unknown> | undefined)?.length ?? 0;
  const room = DataType.isBool(type) ? 8 * elements : elements / stride;
  if (room < length) fail(`says ${length} rows, and has bytes of ${Math.floor(room)}`);
}

/** @throws Error where a column, or one within it, is not whole */
export function expectWhole(data: Data): void {
  const { type, length, children } = data;
  if (DataType.isNull(type)) return;
  if (DataType.isUnion(type)) expectUnion(data);
  else {
    if (data.nullCount > 0 && 8 * data.nullBitmap!.length < length) fail('does not say which rows are null');
    const [child] = children;
    if (DataType.isStruct(type)) {
      if (children.some((one) => one.length < length)) fail('is shorter than its rows');
    } else if (DataType.isFixedSizeList(type)) {
      if (type.listSize < 0 || child!.length < length * type.listSize) fail('has fewer values than rows');
    } else if (child) expectOffsets(data, child.length);
    else if (data.valueOffsets) expectOffsets(data, (data.values as Uint8Array).length);
    else expectWidth(data);
    if (DataType.isDictionary(type))
      for (const one of data.dictionary?.data ?? fail('has no dictionary')) expectWhole(one);
  }
  for (const child of children) expectWhole(child);
}
