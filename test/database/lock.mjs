/* Run as a process: opens a database, says so, and keeps it open until it is killed or its input ends. */
import { open } from '#silt/index.js';

const database = await open(process.argv[2]);
process.stdout.write('open\n');
process.stdin.resume();
process.stdin.once('end', async () => {
  await database.close();
  process.exit(0);
});
