// Tests beside the source and, for what spans folders, under test/. `real` needs a model that is not in the repository.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // The native engine uses every core itself: more files at once would only measure each other.
    maxWorkers: 2,
    // Windows and hosts of the end-to-end tests answer in their own time.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{contracts,main,renderer,scripts,resources}/**/*.test.{ts,tsx}', 'test/**/*.test.ts'],
          exclude: ['test/real/**'],
        },
      },
      {
        extends: true,
        test: { name: 'real', include: ['test/real/**/*.test.ts'], testTimeout: 3_600_000, fileParallelism: false },
      },
    ],
  },
});
