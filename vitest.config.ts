import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Threads and kernels are real in these tests, and machines small.
    testTimeout: 60_000,
    maxWorkers: 2,
    // The build is loaded as users load it. Transformed, it would take half a second longer for each file.
    server: { deps: { external: [/\/dist\//] } },
  },
});
