const path = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** Seconds of the long ones on two processors, 2026-11-21. What is not named takes about as long as to load it. */
const SECONDS = {
  'local/storm-notification-fanout.test.ts': 175,
  'local/storm.test.ts': 149,
  'local/storm-nightly-reconciliation.test.ts': 103,
  'local/storm-parking-desk.test.ts': 101,
  'local/engine.test.ts': 88,
  'local/proof/in-memory-tables.test.ts': 85,
  'runtime/parking/killed-jobs.test.ts': 20,
  'patterns/nightly-reconciliation/handlers/carried-nights.test.ts': 35,
  'patterns/nightly-reconciliation/handlers/killed-night.test.ts': 35,
  'runtime/reconciliation/reconcile.properties.test.ts': 34,
  'runtime/reconciliation/rules-trial.test.ts': 31,
  'local/engine-deploy.test.ts': 28,
  'local/runtime/expressions.test.ts': 27,
  'runtime/signatures/mutations.test.ts': 25,
  'patterns/webhook-ingestion/webhook-ingestion.test.ts': 25,
  'runtime/reconciliation/register-store.test.ts': 21,
  'operate/nights/register.test.ts': 19,
  'local/html-report.test.ts': 18,
  'local/orders.test.ts': 17,
};
const USUAL_SECONDS = 4;

/**
 * Order for a checkout without durations of a run before, in which jest would begin with the largest files: the storms, which are short to read, came last and
 * left a worker idle. Long ones come first here; and as what talks to an engine waits for most of its time, it runs beside what computes all the time.
 */
class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return sorted.some(({ duration }) => duration !== undefined) ? sorted : sideBySide(sorted);
  }
}

function sideBySide(tests) {
  const timed = tests.map((test) => {
    const name = path.relative(__dirname, test.path);
    return { test, waits: name.startsWith('local/'), seconds: SECONDS[name] ?? USUAL_SECONDS };
  });
  timed.sort((a, b) => b.seconds - a.seconds);
  const waiting = timed.filter(({ waits }) => waits);
  const computing = timed.filter(({ waits }) => !waits);
  const order = [];
  /** Seconds until each lane is free again. */
  const until = { waiting: 0, computing: 0 };
  while (waiting.length + computing.length > 0) {
    const lane = (until.waiting <= until.computing && waiting.length > 0) || computing.length === 0 ? 'waiting' : 'computing';
    const next = (lane === 'waiting' ? waiting : computing).shift();
    until[lane] += next.seconds;
    order.push(next.test);
  }
  return order;
}

module.exports = LongestFirst;
module.exports.SECONDS = SECONDS;
