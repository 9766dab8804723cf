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

const scores = Object.keys(TESTS).flatMap((folder) => (existsSync(reportOf(folder)) ? [[folder, scoreOf(reportOf(folder))]] : []));
console.log('| folder | mutants | killed | survived or not covered | score |\n| --- | --- | --- | --- | --- |');
for (const [folder, { killed, left }] of [...scores, ['all', total(scores.map(([, score]) => score))]]) {
  console.log(`| ${folder} | ${killed + left} | ${killed} | ${left} | ${((100 * killed) / (killed + left)).toFixed(1)} % |`);
}

function scoreOf(report) {
  const mutants = Object.values(JSON.parse(readFileSync(report, 'utf8')).files).flatMap((file) => file.mutants);
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  return { killed: count('Killed', 'Timeout'), left: count('Survived', 'NoCoverage') };
}

function total(all) {
  return all.reduce((sum, { killed, left }) => ({ killed: sum.killed + killed, left: sum.left + left }), { killed: 0, left: 0 });
}
