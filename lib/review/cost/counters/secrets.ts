import type { Resource } from '../../../topology';
import { HOURS_A_MONTH, SECONDS_A_MONTH, shown } from '../amounts';
import type { Counter, Counting } from '../charge';
import { runTimesOf } from './functions';
import { functionsThatMay } from './permitted';

const READ = 'secretsmanager:GetSecretValue';
/** A function that keeps a secret for five minutes reads it so often in a month, in each environment that is at work. */
const REFRESHES_A_MONTH = HOURS_A_MONTH * 12;

/** Secrets Manager: secrets, and the reads of the functions that may read them. */
export const secrets: Counter = {
  types: ['AWS::SecretsManager::Secret'],
  count(secret, counting) {
    counting.quantity(secret, 'keys and secrets', 'AWSSecretsManager/AWSSecretsManager-Secrets', 1, () => '1 secret');
    const readers = functionsThatMay(counting.topology.model, READ, secret);
    const because = 'each environment of a function reads a secret when it starts, and every five minutes';
    if (readers.length > 0) counting.traffic.assume('*', 'secret reads', because, 'a secret is kept for five minutes');
    const reads =
      readers.length > 0
        ? readers.reduce((sum, reader) => sum + readsOf(reader, counting), 0)
        : counting.traffic.assume('*', 'secret reads', REFRESHES_A_MONTH, 'a secret is read every five minutes');
    counting.quantity(
      secret,
      'keys and secrets',
      'AWSSecretsManager/AWSSecretsManagerAPIRequest',
      reads,
      () => `${shown(reads)} reads: ${readers.length > 0 ? because : 'one every five minutes'}`,
    );
  },
};

/** A run reads once at most. */
function readsOf(reader: Resource, counting: Counting): number {
  const { runs } = counting.flows.node(reader.id);
  const { milliseconds, cold } = runTimesOf(reader, counting.traffic);
  const environments = Math.max(1, (runs * milliseconds) / 1000 / SECONDS_A_MONTH);
  const requests = counting.traffic.given('requestsPerSecretRead', reader) ?? 1;
  return requests * Math.min(runs, runs * cold + environments * REFRESHES_A_MONTH);
}
