/* Long work on the calling thread goes on in slices, between which others have the event loop. */

/** How long a slice takes it, in milliseconds. */
export const SLICE_MS = 2;
