// Mutation testing of lib/runtime, one folder after the other: `npm run mutation` or `npm run mutation -- worker lease`.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Tests that judge a folder's mutants: its own, and those of what is only used through another folder. `.` stands for the files of no folder. */
const TESTS = {
  '.': ['*', 'worker/**'],
  api: ['api/**'],
  external: ['external/**'],
  idempotency: ['idempotency/**', 'worker/**', 'transaction/**'],
  lease: ['lease/**', 'external/**'],
  message: ['message/**', 'worker/**'],
  outbox: ['outbox/**', 'transaction/**'],
  signatures: ['signatures/**'],
  telemetry: ['telemetry/**'],
  transaction: ['transaction/**'],
  worker: ['worker/**', 'external/**'],
};

const asked = process.argv.slice(2);
const reportOf = (folder) => `reports/mutation/${folder === '.' ? 'runtime' : folder}.json`;

for (const folder of asked.length > 0 ? asked : Object.keys(TESTS)) {
  if (!Object.hasOwn(TESTS, folder)) throw new Error(`no folder ${folder}: give some of ${Object.keys(TESTS).join(', ')}`);
  const mutate = folder === '.' ? 'lib/runtime/*.ts' : `lib/runtime/${folder}/**/*.ts`;
  const tests = TESTS[folder].map((pattern) => `test/runtime/${pattern}${pattern === '*' ? '.test.ts' : '/*.test.ts'}`);
  // All mutants anew: Stryker takes what survived while modules load for settled, whatever tests were added since. The file keeps the result.
  const options = ['--mutate', mutate, '--testFiles', tests.join(','), '--incrementalFile', reportOf(folder), '--force'];
  const { status } = spawnSync('node_modules/.bin/stryker', ['run', ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const STATUSES = ['Killed', 'Timeout', 'Survived', 'NoCoverage'];
const rows = Object.keys(TESTS).flatMap((folder) => (existsSync(reportOf(folder)) ? [[folder, countsOf(reportOf(folder))]] : []));
const all = STATUSES.map((_status, index) => rows.reduce((sum, [, counts]) => sum + counts[index], 0));
console.log('| folder | mutants | killed | timed out | survived | not covered | score |\n| --- | --- | --- | --- | --- | --- | --- |');
for (const [folder, counts] of [...rows, ['all', all]]) {
  const [killed, timedOut, survived, notCovered] = counts;
  const mutants = killed + timedOut + survived + notCovered;
  console.log(`| ${[folder, mutants, ...counts, ((100 * (killed + timedOut)) / mutants).toFixed(1)].join(' | ')} |`);
}

function countsOf(report) {
  const mutants = Object.values(JSON.parse(readFileSync(report, 'utf8')).files).flatMap((file) => file.mutants);
  return STATUSES.map((wanted) => mutants.filter(({ status }) => status === wanted).length);
}
