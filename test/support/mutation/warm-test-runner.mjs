import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareFactoryPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import { DryRunStatus, determineHitLimitReached, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner';

const require = createRequire(import.meta.url);
const TESTS = 'test/runtime';
/** Many mutants make a promise that never settles. Tests that need longer say so. */
const TEST_MILLISECONDS = 3_000;
const NOTHING = /(?!)/;

/**
 * Runs jest's own tests for Stryker, with the packages below node_modules loaded once per process.
 *
 * jest gives every run its own modules, so that each mutant would load the AWS SDK again: most of the time of a run. Here the tests and what of ours reaches lib
 * are loaded anew for each mutant, and nothing else is. Describe, test and expect are those of jest; the sources are compiled as jest's configuration says.
 */
class WarmTestRunner {
  #root = process.cwd();
  #compiled = new Map();
  #circus;
  #bail = false;
  /** Milliseconds that each test file took last: the quick ones may spare the slow ones. */
  #took = new Map();
  /** What the instrumented code reads and writes. */
  #stryker = {};

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    process.env.NODE_ENV = 'test';
    globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] = this.#stryker;
    // What a mutant breaks after its tests have ended is nobody's failure; while tests run, jest listens.
    for (const late of ['uncaughtException', 'unhandledRejection']) process.on(late, () => {});
    const { jest: configuration } = JSON.parse(readFileSync(join(this.#root, 'package.json'), 'utf8'));
    const [, swcOptions] = Object.values(configuration.transform)[0];
    const { transformSync } = require('@swc/core');
    Module._extensions['.ts'] = (module, filename) => {
      const source = readFileSync(filename, 'utf8');
      const key = createHash('sha1').update(source).digest('hex');
      if (!this.#compiled.has(key)) this.#compiled.set(key, transformSync(source, { ...swcOptions, filename, swcrc: false }).code);
      module._compile(this.#compiled.get(key), filename);
    };
    for (const file of configuration.setupFiles) require(file.replace('<rootDir>', this.#root));
    this.#circus = require('jest-circus');
    const { fn, spyOn, mocker } = mocks();
    const { describe, test, it, beforeAll, beforeEach, afterAll, afterEach } = this.#circus;
    Object.assign(globalThis, {
      describe,
      test,
      it,
      beforeAll,
      beforeEach,
      afterAll,
      afterEach,
      expect: require('@jest/expect').jestExpect,
    });
    globalThis.jest = { fn, spyOn, restoreAllMocks: () => mocker.restoreAllMocks(), resetModules: () => this.#forget(() => true) };
    this.#circus.addEventHandler((event) => {
      if (event.name === 'test_start') this.#stryker.currentTestId = idOf(event.test);
      if (event.name === 'test_done') {
        this.#stryker.currentTestId = undefined;
        if (this.#bail && event.test.errors.length > 0) this.#circus.getState().testNamePattern = NOTHING;
      }
    });
  }

  async dryRun({ testFiles, coverageAnalysis }) {
    this.#bail = false;
    Object.assign(this.#stryker, { activeMutant: undefined, mutantCoverage: undefined, hitCount: undefined, hitLimit: undefined });
    const result = await this.#run(testFiles?.map((file) => resolve(this.#root, file)) ?? this.#all(), undefined);
    return coverageAnalysis === 'off' || result.status !== DryRunStatus.Complete
      ? result
      : { ...result, mutantCoverage: this.#stryker.mutantCoverage };
  }

  async mutantRun({ testFilter, activeMutant, disableBail, hitLimit }) {
    this.#bail = !disableBail;
    Object.assign(this.#stryker, { activeMutant: String(activeMutant.id), hitLimit, hitCount: hitLimit && 0, mutantCoverage: undefined });
    // For what only runs while modules load, Stryker names files instead of tests.
    const namesFiles = testFilter?.every((name) => isAbsolute(name));
    const files = namesFiles ? testFilter : testFilter?.map((id) => join(this.#root, id.slice(0, id.indexOf(' '))));
    const result = await this.#run([...new Set(files ?? this.#all())], namesFiles ? undefined : testFilter);
    const { hitCount } = this.#stryker;
    this.#stryker.activeMutant = undefined;
    return toMutantRunResult(determineHitLimitReached(hitCount, hitLimit) ?? result, disableBail);
  }

  async #run(files, wanted) {
    const tests = [];
    this.#forget((file) => files.includes(file) || this.#reachesMutants(require.cache[file]));
    for (const file of [...files].sort((one, other) => (this.#took.get(one) ?? 0) - (this.#took.get(other) ?? 0))) {
      const startedAt = performance.now();
      this.#circus.resetState();
      this.#circus.getState().testTimeout = TEST_MILLISECONDS;
      currentFile = relative(this.#root, file);
      try {
        require(file);
      } catch (error) {
        return { status: DryRunStatus.Error, errorMessage: `${file}: ${error?.stack ?? error}` };
      }
      const declared = [...testsOf(this.#circus.getState().rootDescribeBlock)];
      if (wanted !== undefined) for (const test of declared) if (!wanted.includes(idOf(test))) test.mode = 'skip';
      const { unhandledErrors } = await this.#circus.run();
      this.#took.set(file, performance.now() - startedAt);
      tests.push(...declared.map((test) => resultOf(test, file)));
      if (unhandledErrors.length > 0)
        return { status: DryRunStatus.Error, errorMessage: String(unhandledErrors[0]?.stack ?? unhandledErrors[0]) };
      if (this.#bail && tests.some(({ status }) => status === TestStatus.Failed)) break;
    }
    return { status: DryRunStatus.Complete, tests };
  }

  #all() {
    const found = readdirSync(join(this.#root, TESTS), { recursive: true }).filter((file) => file.endsWith('.test.ts'));
    return found.sort().map((file) => join(this.#root, TESTS, file));
  }

  /** Support that knows nothing of lib, certificates for example, is the same for every mutant. */
  #reachesMutants(module, seen = new Set()) {
    if (module === undefined || seen.has(module) || !this.#isOurs(module.filename)) return false;
    seen.add(module);
    return module.filename.startsWith(join(this.#root, 'lib') + sep) || module.children.some((child) => this.#reachesMutants(child, seen));
  }

  #isOurs(file) {
    return file.startsWith(this.#root + sep) && !file.includes(`${sep}node_modules${sep}`);
  }

  #forget(chosen) {
    const files = Object.keys(require.cache).filter((file) => chosen(file));
    for (const file of files) delete require.cache[file];
  }
}

let currentFile = '';

function mocks() {
  const { ModuleMocker } = require('jest-mock');
  const mocker = new ModuleMocker(globalThis);
  return { mocker, fn: mocker.fn.bind(mocker), spyOn: mocker.spyOn.bind(mocker) };
}

function idOf(test) {
  const names = [];
  for (let block = test; block?.parent !== undefined; block = block.parent) names.unshift(block.name);
  return `${currentFile} ${names.join(' ')}`;
}

function* testsOf(block) {
  for (const child of block.children) {
    if (child.type === 'test') yield child;
    else yield* testsOf(child);
  }
}

function resultOf(test, fileName) {
  const id = idOf(test);
  const shared = { id, name: id, fileName, timeSpentMs: test.duration ?? 0 };
  if (test.errors.length > 0) {
    const [error] = test.errors.flat();
    return { ...shared, status: TestStatus.Failed, failureMessage: String(error?.message ?? error) };
  }
  return { ...shared, status: test.status === 'done' ? TestStatus.Success : TestStatus.Skipped };
}

const create = Object.assign(() => new WarmTestRunner(), { inject: tokens() });

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'warm', create)];
