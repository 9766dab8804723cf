import { bundleSizesWithinBudget } from './bundle-size';
import { effectsWithinTargets } from './effects';
import { initRatios } from './init';
import { report } from './measure';
import { notificationsWithinTargets } from './notifications';
import { reconciliationWithinTargets } from './reconciliation';
import { reviewWithinBounds } from './review';
import { synthRatio } from './synth';

async function main(): Promise<boolean> {
  const results = [bundleSizesWithinBudget(), reviewWithinBounds()];
  for (const ratio of await initRatios()) results.push(report(ratio));
  results.push(report(await synthRatio()));
  results.push(await effectsWithinTargets());
  results.push(await reconciliationWithinTargets());
  results.push(await notificationsWithinTargets());
  return results.every(Boolean);
}

main().then(
  (met) => {
    process.exitCode = met ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
