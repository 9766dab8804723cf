import { type RetryBudgetSettings, WorkerEnvironment } from '../../blocks/contract';
import { type Environment, EnvironmentReader, positiveInteger } from '../environment';

export interface WorkerSettings {
  readonly idempotencyTable: string;
  readonly retentionSeconds: number;
  readonly queueUrl: string;
  readonly parkingLotUrl: string;
  readonly retryBudget: RetryBudgetSettings;
  readonly claimBucket?: string;
  readonly functionName: string;
}

/** @throws Error that names every variable which is missing or wrong */
export function readWorkerSettings(environment: Environment): WorkerSettings {
  const reader = new EnvironmentReader(environment);
  const settings = {
    idempotencyTable: reader.read(WorkerEnvironment.IDEMPOTENCY_TABLE, String, 'the name of a table'),
    retentionSeconds: reader.read(WorkerEnvironment.IDEMPOTENCY_RETENTION_SECONDS, positiveInteger, 'a whole number of seconds, 1 or more'),
    queueUrl: reader.read(WorkerEnvironment.QUEUE_URL, String, 'the URL of a queue'),
    parkingLotUrl: reader.read(WorkerEnvironment.PARKING_LOT_URL, String, 'the URL of a queue'),
    retryBudget: reader.read(
      WorkerEnvironment.RETRY_BUDGET,
      retryBudget,
      'JSON with attempts (1 or more), baseDelaySeconds and maxDelaySeconds (0 to 43200)',
    ),
    claimBucket: environment[WorkerEnvironment.CLAIM_BUCKET] || undefined,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME ?? 'worker',
  };
  reader.check('worker()', 'The QueueWorker block sets these; set them yourself where the function was made without it.');
  return settings;
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html (at most 12 hours) */
export const LONGEST_VISIBILITY_SECONDS = 43_200;

function retryBudget(value: string): RetryBudgetSettings | undefined {
  try {
    const { attempts, baseDelaySeconds, maxDelaySeconds } = JSON.parse(value) as Record<keyof RetryBudgetSettings, unknown>;
    const delaysHold = [baseDelaySeconds, maxDelaySeconds].every(
      (delay) => typeof delay === 'number' && delay >= 0 && delay <= LONGEST_VISIBILITY_SECONDS,
    );
    if (!delaysHold || positiveInteger(String(attempts)) === undefined) return undefined;
    return { attempts: Number(attempts), baseDelaySeconds: Number(baseDelaySeconds), maxDelaySeconds: Number(maxDelaySeconds) };
  } catch {
    return undefined;
  }
}
