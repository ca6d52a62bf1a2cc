/*
 * T15: the same operations on collections of many tiny arenas, which are opened again and again as if the machine had
 * one core, two or five. An arena has room for 384 rows under one thread, for 128 under more.
 */
import { join } from 'node:path';
import { CollectionMachine } from './collection-machine.js';
import { machines } from './home.js';
import { testSeeds } from './runner.js';

testSeeds(
  'test/model/machines',
  { few: 1, seeds: 3, ops: 400, arenas: 3 },
  // Small seeds draw the same metric.
  (seed, folder) => new CollectionMachine(7_919 * seed, machines(join(folder, 'db'), [1, 2, 5], 2)),
);
