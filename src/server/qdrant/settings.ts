/*
 * What Qdrant stores and Silt does not: aliases, and the parameters of collections and payload indexes as the client gave them, from the
 * first change on that comes behind the commit that made the collection (see note.ts). They are points in a collection of the same
 * database, under a name that Qdrant does not allow. So they are as durable as other data, and one commit can change several of them.
 *
 * Changes come one after another (`#last`), and so do collections made and dropped here, with the changes that belong to them: each
 * sees what those before it have committed, and what is in memory changes in the turn in which its commit resolves. Reads take what is in memory. In a database opened with `readOnly` another process writes:
 * `current` reads all anew when something was committed there.
 */
import type { Collection } from '../../api/collection.js';
import type { Database } from '../../api/database.js';
import type { CollectionInfo } from '../../api/upkeep.js';
import { find } from '../../database/find.js';
import { encodePayload } from '../../store/payload.js';
import type { CreateCollection, PayloadSchemaParams } from './api/collections.js';

/** Names of Qdrant collections cannot contain a colon. */
export const SETTINGS = 'qdrant:settings';

/** What is kept of a collection: with what it was made, and what only changes of it have. */
export interface KeptParams extends CreateCollection {
  read_fan_out_factor?: number | null;
  read_fan_out_delay_ms?: number | null;
}

export interface CollectionSettings {
  /** When the collection was created. The name alone may belong to a new collection, if the old one was dropped through Silt. */
  readonly createdAt: number;
  /** When it was restored from a file, which has parameters of its own. */
  readonly restoredAt?: number;
  readonly given: KeptParams;
  /** Parameters of payload indexes by path, if any were given. */
  readonly indexes: Readonly<Record<string, PayloadSchemaParams>>;
}

/** What says of which collection settings are. */
export const ofCollection = ({
  createdAt,
  restored,
}: Pick<CollectionInfo, 'createdAt' | 'restored'>): Pick<CollectionSettings, 'createdAt' | 'restoredAt'> => ({
  createdAt,
  ...(restored && { restoredAt: restored.at }),
});

/**
 * Parameters are kept with the collection at first, and as a payload when they change: what could not be kept so is refused at once.
 *
 * @throws ValidationError for what is nested too deeply, or takes too many bytes
 */
export function checkKept(given: KeptParams): void {
  const settings: CollectionSettings = { createdAt: 0, given, indexes: {} };
  encodePayload({ value: settings });
}

export interface Alias {
  /** The name of the collection, and when it was created: another collection may have the name by now. */
  readonly to: string;
  readonly createdAt: number;
}

export interface Change {
  readonly alias?: string;
  readonly collection?: string;
  /** Undefined: deleted. */
  readonly to: Alias | CollectionSettings | undefined;
}

const ALIAS = 'alias/';
const COLLECTION = 'collection/';

export class Settings {
  readonly #database: Database;
  #aliases: Map<string, Alias> = new Map();
  #collections: Map<string, CollectionSettings> = new Map();
  #last: Promise<unknown> = Promise.resolve();
  /** Counts the changes. */
  version = 0;
  /** The last commit that was read, if another process writes. */
  #seq = -1;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async of(database: Database): Promise<Settings> {
    const settings = new Settings(database);
    await settings.#read();
    return settings;
  }

  /** Also those whose collection is gone: see `aliased` of a service. */
  get aliases(): ReadonlyMap<string, Alias> {
    return this.#aliases;
  }

  /** Whether anything is kept under the name of a collection. */
  has(name: string): boolean {
    return this.#collections.has(name);
  }

  /** Undefined where there are none, and where it was restored since. */
  collection({
    name,
    createdAt,
    restored,
  }: Pick<CollectionInfo, 'name' | 'createdAt' | 'restored'>): CollectionSettings | undefined {
    let found = this.#collections.get(name);
    if (found?.createdAt !== createdAt) {
      const before = this.#namesBefore(name, createdAt);
      found = before.length === 1 ? this.#collections.get(before[0]!) : undefined;
    }
    return found?.restoredAt === restored?.at ? found : undefined;
  }

  /** The names under which there are settings of a collection that has another name now: it was renamed by other means. */
  #namesBefore(name: string, createdAt: number): string[] {
    if (![...this.#collections.values()].some((one) => one.createdAt === createdAt)) return [];
    const there = this.#database.collections();
    return [...this.#collections].flatMap(([before, one]) =>
      one.createdAt === createdAt && before !== name && !there.some((other) => other.name === before)
        ? [before]
        : [],
    );
  }

  /** Reads what another process has committed. */
  async current(): Promise<void> {
    if (this.#database.readOnly) await this.#read();
  }

  async #read(): Promise<void> {
    const stored = find(this.#database, SETTINGS) as
      | Collection<{ value: Alias | CollectionSettings }>
      | undefined;
    if (!stored) return;
    const { seq } = stored.info();
    if (seq === this.#seq) return;
    const aliases = new Map<string, Alias>();
    const collections = new Map<string, CollectionSettings>();
    for await (const { id, payload } of stored.scroll()) {
      // Damaged settings: the collection works without them.
      if (!payload) continue;
      const key = String(id);
      if (key.startsWith(ALIAS)) aliases.set(key.slice(ALIAS.length), payload.value as Alias);
      else if (key.startsWith(COLLECTION))
        collections.set(key.slice(COLLECTION.length), payload.value as CollectionSettings);
    }
    this.#aliases = aliases;
    this.#collections = collections;
    this.#seq = seq;
    this.version++;
  }

  /** Commits what `decide` says, which is asked when all changes before are done. */
  change(decide: () => readonly Change[]): Promise<void> {
    return this.exclusive((commit) => commit(decide()));
  }

  /** Does what no other change may come between: it begins when all before are done, and those after wait for it. */
  exclusive<T>(work: (commit: (changes: readonly Change[]) => Promise<void>) => Promise<T>): Promise<T> {
    const done = this.#last.then(() => work((changes) => this.#commit(changes)));
    this.#last = done.catch(() => {});
    return done;
  }

  async #commit(given: readonly Change[]): Promise<void> {
    if (given.length === 0) return;
    const before = given.flatMap(({ collection, to }) =>
      collection === undefined || to === undefined ? [] : this.#namesBefore(collection, to.createdAt),
    );
    const changes: readonly Change[] = [
      ...given,
      ...before.map((collection) => ({ collection, to: undefined })),
    ];
    const stored: Collection = await this.#database.getOrCreateCollection(SETTINGS, {});
    const idOf = ({ alias, collection }: Change): string =>
      alias === undefined ? COLLECTION + collection : ALIAS + alias;
    const kept = changes.filter(({ to }) => to !== undefined);
    const gone = changes.filter(({ to }) => to === undefined);
    await stored.batch([
      { upsert: kept.map((change) => ({ id: idOf(change), payload: { value: change.to } })) },
      { delete: gone.map(idOf) },
    ]);
    this.version++;
    for (const { alias, collection, to } of changes) {
      if (alias !== undefined) {
        if (to === undefined) this.#aliases.delete(alias);
        else this.#aliases.set(alias, to as Alias);
      } else if (to === undefined) this.#collections.delete(collection!);
      else this.#collections.set(collection!, to as CollectionSettings);
    }
  }
}
