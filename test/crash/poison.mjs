/*
 * Run as a process: opens a database whose collection has one row that kills the process when it is linked, and
 * builds. Arguments: folder, row number of that row. Ends with code 0 once a build has come to its end.
 */
import { coreOf } from '#silt/collection/collection.js';
import { armStep } from '#silt/hnsw/build/fault-points.js';
import { open } from '#silt/index.js';

const [folder, row] = process.argv.slice(2);
const database = await open(folder);
const collection = database.collection('words');
const { live } = coreOf(collection);
const slot = live.rows.slotOf(Number(row));
if (slot !== undefined) {
  const arena = live.graphs[0].engine.arenas.findLast(({ base }) => base <= slot);
  armStep(arena.control, 'linking', 'kill', { row: slot - arena.base });
}
await collection.buildNow();
await database.close();
process.exit(0);
