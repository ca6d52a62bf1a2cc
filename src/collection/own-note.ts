/*
 * The database may be given a note beside the configuration of a collection that it makes, under a name that no caller outside this
 * package has. It is in the record of the collection from the commit on that makes it, and `info` gives it back under the same name. So
 * a server keeps what it needs of a collection without a second commit.
 */

export const NOTE: unique symbol = Symbol('note');

/** The note beside a configuration, or in what `info` says: an object of JSON values; undefined where there is none. */
export const ownNoteOf = (given: unknown): unknown => (given as { readonly [NOTE]?: unknown })[NOTE];
