import { defineConfig } from 'vitest/config';
import { ALONE } from './scripts/suites.mjs';

/** What a run leaves out (scripts/test.mjs): `--exclude` does not reach projects that exclude something themselves. */
const LEFT_OUT = (process.env.SILT_LEFT_OUT ?? '').split(',').filter((glob) => glob !== '');

export default defineConfig({
  test: {
    // Threads and kernels are real in these tests, and machines small.
    testTimeout: 60_000,
    maxWorkers: 2,
    // The build is loaded as users load it. Transformed, it would take half a second longer for each file.
    server: { deps: { external: [/\/dist\//] } },
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE, exclude: LEFT_OUT } },
      {
        extends: true,
        test: {
          name: 'sharing',
          include: ['test/**/*.test.ts'],
          exclude: [...ALONE, ...LEFT_OUT],
          isolate: false,
        },
      },
    ],
  },
});
