/** Runs the compiled tests: `npm test` builds first. Every option is explained in tests/README.md. */
export default {
  roots: ['<rootDir>/.build/tests'],
  testRegex: ['\\.test\\.js$'],
  transform: {},
  watchman: false,
  maxWorkers: 2,
  testTimeout: 60_000,
  globalSetup: '<rootDir>/.build/tests/support/global-setup.js',
  globalTeardown: '<rootDir>/.build/tests/support/global-teardown.js',
};
