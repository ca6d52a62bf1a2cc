import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Threads and kernels are real in these tests, and machines small.
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
