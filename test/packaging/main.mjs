/* Runs the program: in memory, or in the directory that is its argument. Prints a line for a test to read. */
import { use } from './program.mjs';

const path = process.argv[2];
use(path).then(
  () => console.log(`works ${path === undefined ? 'in memory' : 'in a directory'}`),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
