export default {
  plugins: ['./test/support/mutation/warm-test-runner.mjs'],
  testRunner: 'warm',
  coverageAnalysis: 'perTest',
  // Random requests against every signature, and the providers' own packages: seconds for each mutant, and the other tests of signatures find as much.
  ignorePatterns: [
    '/*',
    '!/lib',
    '!/test',
    '!/package.json',
    '/test/runtime/signatures/mutations.test.ts',
    '/test/runtime/signatures/vendor-oracles.test.ts',
  ],
  concurrency: 2,
  incremental: true,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { reportTests: false },
  timeoutMS: 10_000,
  tempDirName: '.stryker-tmp',
};
