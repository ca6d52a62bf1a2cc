/** `npm run demo`: streams word vectors into a collection on disk, searches it meanwhile, and says what it saw. */

import { runDemo } from './demo.js';
import { parseOptions, USAGE } from './options.js';
import { createScreen } from './screen.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

async function main(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2));
  if ('error' in parsed) {
    console.error(`${parsed.error}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  if ('help' in parsed) {
    console.log(USAGE);
    return 0;
  }
  // `npm run demo | head` closes the pipe: nobody reads any more.
  process.stdout.on('error', () => process.exit(EXIT_FAILED));
  const interruption = new AbortController();
  const screen = createScreen(process.stdout, process.env);
  const interrupt = () => {
    // Whoever asks twice does not want to wait for the report.
    if (interruption.signal.aborted) process.exit(EXIT_INTERRUPTED);
    interruption.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const ok = await runDemo(parsed.options, screen, interruption.signal);
    if (interruption.signal.aborted) return EXIT_INTERRUPTED;
    return ok ? 0 : EXIT_FAILED;
  } catch (error) {
    screen.clear();
    if (interruption.signal.aborted) {
      screen.line('Interrupted.');
      return EXIT_INTERRUPTED;
    }
    console.error(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT_FAILED;
  }
}

process.exitCode = await main();
