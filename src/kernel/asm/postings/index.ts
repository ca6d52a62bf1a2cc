/* The exports of the kernel of inverted indexes. */
export { add, append, newTerm, truncate } from './append';
export { count, meet, rewind } from './lists';
export { allocate, release, setUp } from './memory';
export { bound } from './runs';
export { search } from './window';
