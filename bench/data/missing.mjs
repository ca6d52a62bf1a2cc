// @ts-check

/** A data set that is not on this machine; the message says how to get it, and the run goes on. */
export class DataMissing extends Error {}
