/*
 * The header of a snapshot: a section for each field of the points, which says how to read its part of the body.
 *
 * So far there is one field, and its links are lists. What a later release adds is a section of another kind, or another
 * word for how links are kept: this one refuses them, and makes its graph anew.
 */
import type { IndexOptions } from '../api/vector-index.js';
import type { Geometry } from '../kernel/geometry.js';
import { type ResolvedOptions, resolveOptions } from './options.js';

export interface ArenaHeader {
  readonly rows: number;
  /** -1: nothing is linked. */
  readonly entryRow: number;
  readonly blockRows: number;
  readonly blockBytes: number;
  readonly codeKind: number;
  /** Whether codes have an origin, which stands before the blocks. */
  readonly origin: boolean;
}

/** How a row keeps its links: a list of rows for each level, ended early by 0xffffffff. */
const LISTS = 'lists';
const DENSE = 'dense';
/** The one field, which has no name. */
const FIELD = 0;

interface Section {
  readonly field: number;
  readonly kind: string;
  /** Threads are no property of the file. */
  readonly options: Omit<IndexOptions, 'threads'> & { readonly keepVectors: boolean };
  readonly links: string;
  readonly arenas: readonly ArenaHeader[];
}

interface Header {
  readonly sections: readonly Section[];
  /** Whatever the writer wants to find again: what the snapshot is a snapshot of. */
  readonly tag?: unknown;
}

/** Of version 2 and 3. Version 2 has an `entryLevel` in each arena, which is that of its row. */
interface OldHeader {
  readonly options: ResolvedOptions;
  readonly arenas: readonly (Omit<ArenaHeader, 'origin'> & { readonly originBytes: number })[];
  readonly tag?: unknown;
}

export const OLDEST_VERSION = 2;
const OLD_VERSION = 3;

/** What a snapshot has. */
export interface Contents {
  readonly options: ResolvedOptions;
  readonly arenas: readonly ArenaHeader[];
  readonly tag?: unknown;
}

export function headerOf({ options, arenas, tag }: Contents): Header {
  const { threads: _, searchers: __, ...kept } = options;
  const section: Section = { field: FIELD, kind: DENSE, options: kept, links: LISTS, arenas };
  return { sections: [section], ...(tag !== undefined && { tag }) };
}

/** @throws an error for a header that nobody wrote, or a release to come */
export function contentsOf(header: unknown, version: number, parallelism: number): Contents {
  const { options, arenas, tag } =
    version <= OLD_VERSION ? ofOld(header as OldHeader) : ofSections(header as Header);
  if (!Array.isArray(arenas) || !arenas.every(isArena)) throw new Error('its list of arenas is invalid');
  return { options: resolveOptions(options, parallelism), arenas, tag };
}

type Unchecked = Pick<Contents, 'arenas' | 'tag'> & { readonly options: Section['options'] };

function ofOld({ options, arenas, tag }: OldHeader): Unchecked {
  return { options, arenas: arenas.map((one) => ({ ...one, origin: one.originBytes > 0 })), tag };
}

function ofSections({ sections, tag }: Header): Unchecked {
  const [section, ...others] = sections;
  if (!section || others.length > 0) throw new Error(`it has ${sections.length} sections, not one`);
  const { field, kind, links, options, arenas } = section;
  if (field !== FIELD || kind !== DENSE || links !== LISTS)
    throw new Error(`it has a section of field ${field}, kind ${kind}, links in ${links}`);
  return { options, arenas, tag };
}

function isArena(own: ArenaHeader | null): boolean {
  const whole = (n: unknown, from: number, below: number): boolean =>
    Number.isSafeInteger(n) && (n as number) >= from && (n as number) < below;
  return (
    own !== null &&
    whole(own.rows, 0, 2 ** 32) &&
    whole(own.blockRows, 1, 2 ** 32) &&
    whole(own.blockBytes, 1, 2 ** 32) &&
    whole(own.entryRow, -1, Math.max(own.rows, 1)) &&
    typeof own.origin === 'boolean'
  );
}

/** Whether the blocks of such an arena are those of a geometry. */
export function fits(geometry: Geometry, own: ArenaHeader): boolean {
  return (
    geometry.blockRows === own.blockRows &&
    geometry.blockBytes === own.blockBytes &&
    geometry.codeKind === own.codeKind &&
    own.rows <= geometry.capacity
  );
}
