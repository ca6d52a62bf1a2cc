/* What the page and its server say to each other, as JSON. Types alone: both sides import them. */
import type { ResolvedConfig } from '../../api/config.js';
import type { StepReport } from '../../api/query.js';
import type { CollectionStatus, PayloadIndexInfo, RecallReport } from '../../api/upkeep.js';

/** A collection that can be chosen. */
export interface CollectionSummary {
  readonly name: string;
  readonly config: ResolvedConfig;
  readonly createdAt: number;
  readonly payloadIndexes: readonly PayloadIndexInfo[];
}

export interface Overview {
  /** Whether this key may write, and the server lets anybody. */
  readonly writes: boolean;
  /** Why not, for people; null where it may. */
  readonly readOnlyBecause: string | null;
  /** The folder; null in memory. */
  readonly path: string | null;
  readonly collections: readonly CollectionSummary[];
}

/** Of the searches that the server answered lately; in milliseconds. */
export interface LatencyReport {
  /** How many since the server started. */
  readonly total: number;
  /** How many in the last 10 seconds, by the second. */
  readonly perSecond: number;
  /** Of the last 1,024; null before the first. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** One event of the stream of what moves. */
export interface Tick {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly collections: Readonly<Record<string, CollectionStatus>>;
  readonly latency: LatencyReport;
  /** Resident memory of the process. */
  readonly rssBytes: number;
  /** What the files of the folder take; null in memory, and before it is known. */
  readonly diskBytes: number | null;
}

/** The counts of the last ten minutes by the names of collections: parallel lists, oldest first. Between two, a line is straight. */
export type PastView = Readonly<
  Record<
    string,
    {
      /** Milliseconds since 1970. */
      readonly at: readonly number[];
      readonly points: readonly number[];
      readonly indexed: readonly number[];
    }
  >
>;

/** Ids cross as JSON: `7`, `"seven"`. A browser would round integers above 2^53. */
export type IdText = string;

export interface PointView {
  readonly id: IdText;
  readonly payload: Readonly<Record<string, unknown>> | null;
  /** By the names of fields, '' for the unnamed one; only where vectors were asked for. */
  readonly vectors?: Readonly<Record<string, VectorView>>;
  /** Why it could not be read from the disk as a whole. */
  readonly unreadable?: string;
}

export type VectorView =
  | readonly number[]
  | readonly (readonly number[])[]
  | { readonly indices: readonly number[]; readonly values: readonly number[] };

export interface PageView {
  readonly points: readonly PointView[];
  readonly next: string | null;
}

export interface HitView extends PointView {
  readonly score: number;
  readonly highlights?: unknown;
  /** Of a query that is in the order of a value. */
  readonly orderValue?: number;
}

/** A query with its explanation. */
export interface AnswerView {
  readonly hits: readonly HitView[];
  readonly root: StepReport;
  readonly ms: { readonly hydrate: number; readonly total: number };
}

/** A path into the payloads, as a sample of them has it. */
export interface KeyView {
  readonly path: string;
  readonly types: readonly string[];
  /** Some values, as JSON. */
  readonly examples: readonly unknown[];
  /** The kind of its payload index, if it has one. */
  readonly index: string | null;
}

export interface RecallView extends RecallReport {
  /** Median time of a search, in milliseconds; null where there is no point to ask with. */
  readonly searchMs: number | null;
  /** How long the measurement took. */
  readonly measuredMs: number;
}

export interface ErrorView {
  readonly error: {
    /** A code of docs/ERRORS.md; null where the error is not Silt's own. */
    readonly code: string | null;
    readonly message: string;
  };
}

/** How far the map of a field is. Points are numbered as they came into it. */
export interface MapView {
  /** Its number; another one once it was laid out again. */
  readonly map: number;
  readonly ready: boolean;
  /** Of what is being laid out; 1 where nothing is. */
  readonly share: number;
  /** Whether that is a whole layout, behind which this map is another. */
  readonly laying: boolean;
  /** Points that have, or had, a place. */
  readonly points: number;
  /** Points that have none yet. */
  readonly waiting: number;
  /** Points that there were when it was laid out. */
  readonly laidOut: number;
  /** How often payloads were changed: colours may be others. */
  readonly patches: number;
  /** Numbers of those that were replaced or deleted, behind those that the page knows of. */
  readonly gone: readonly number[];
}

export interface LegendEntry {
  readonly label: string;
  readonly count: number;
  /** All values that have no entry of their own: points that have one of them need have nothing in common. */
  readonly rest?: true;
}

export interface ColoursView {
  /** Another one where all points have other colours. */
  readonly edition: number;
  readonly entries: readonly LegendEntry[];
  /** Whether the entries are ranges of numbers, in their order. */
  readonly ranges: boolean;
  /** Of the point that has the first of the codes. */
  readonly from: number;
  /** A byte for each point, in base64: 0 for no value, else the number of its entry, from 1. */
  readonly codes: string;
  /** How often codes were changed, in this edition. */
  readonly changes: number;
  /** The changes that the page does not know of. */
  readonly changed: { readonly numbers: readonly number[]; readonly codes: string };
}

/** The walk of one query through the graph. */
export type { MapWalk as WalkView, Met } from '../../map/walk.js';
