/*
 * A search, query or scroll of this package may be given a function beside its options, under a name that no caller outside has: it is told of each
 * point as it is read (again, where all is read again because something changed meanwhile), and what it throws ends the answer. So a server
 * bounds what an answer holds while it is read.
 */

export const TAKE: unique symbol = Symbol('take');

export type Take = (point: object) => void;

export const takeOf = (options: unknown): Take | undefined => (options as { readonly [TAKE]?: Take })[TAKE];
