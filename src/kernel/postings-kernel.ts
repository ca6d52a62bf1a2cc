/* What every build of the kernel of inverted indexes offers. Addresses, slots and counts are unsigned 32-bit. */
export interface PostingsKernel {
  setUp(valueBytes: number, fixed: number, length: number): void;
  /** These four return 0 where the memory has to grow first. */
  allocate(bytes: number): number;
  newTerm(): number;
  append(term: number, window: number, count: number): number;
  /** Returns how many postings of the input are there. */
  add(slot: number, from: number, n: number, length: number, average: number, lengths: number): number;
  release(at: number, bytes: number): void;
  bound(run: number, average: number, lengths: number): void;
  truncate(term: number, slot: number): void;
  rewind(query: number): void;
  count(query: number, window: number, masked: number): void;
  meet(query: number, window: number): void;
  search(query: number, window: number, lengths: number, masked: number): void;
}
