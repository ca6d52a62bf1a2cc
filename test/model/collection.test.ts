/* Random operations on collections against the model, on disk (odd seeds) and in memory. */
import { join } from 'node:path';
import { CollectionMachine } from './collection-machine.js';
import { ownMachine } from './home.js';
import { testSeeds } from './runner.js';

testSeeds(
  'test/model/collection',
  { few: 2, seeds: 20, ops: 800, arenas: 1 },
  (seed, folder) => new CollectionMachine(seed, ownMachine(seed % 2 === 1 ? join(folder, 'db') : undefined)),
);
