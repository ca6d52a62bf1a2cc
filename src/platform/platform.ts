/*
 * What Silt needs of the system it runs on, as one object. An entry of the package makes it and hands it in; no other
 * file of the core imports one. Threads are entries of their own, and make theirs.
 */
import type { Publisher } from './events.js';
import type { Faults } from './faults.js';
import type { Files } from './files.js';
import type { Pool } from './pool.js';
import type { Time } from './time.js';

export interface Platform {
  readonly time: Time;
  readonly files: Files;
  readonly pool: Pool;
  readonly events: Publisher;
  readonly faults: Faults;
  /** The kernel build that the user asks for. */
  readonly kernel: string | undefined;
  /** The version of Unicode that strings go by: what is a letter, and what is the small one of it. */
  readonly unicode: string;
  /** A name that nobody has given to anything. */
  readonly uuid: () => string;
}
