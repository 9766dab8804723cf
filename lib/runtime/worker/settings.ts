import { type RetryBudgetSettings, WorkerEnvironment } from '../../blocks/contract';

export interface WorkerSettings {
  readonly idempotencyTable: string;
  readonly retentionSeconds: number;
  readonly queueUrl: string;
  readonly parkingLotUrl: string;
  readonly retryBudget: RetryBudgetSettings;
  readonly claimBucket?: string;
  readonly functionName: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error that names every variable which is missing or wrong */
export function readWorkerSettings(environment: Environment): WorkerSettings {
  const faults: string[] = [];
  const read = <T>(name: string, parse: (value: string) => T | undefined, allowed: string): T => {
    const value = environment[name];
    const parsed = value ? parse(value) : undefined;
    if (parsed === undefined) faults.push(`${name} must be ${allowed}, given ${value ? JSON.stringify(value) : 'nothing'}`);
    return parsed as T;
  };
  const settings = {
    idempotencyTable: read(WorkerEnvironment.IDEMPOTENCY_TABLE, String, 'the name of a table'),
    retentionSeconds: read(WorkerEnvironment.IDEMPOTENCY_RETENTION_SECONDS, positiveInteger, 'a whole number of seconds, 1 or more'),
    queueUrl: read(WorkerEnvironment.QUEUE_URL, String, 'the URL of a queue'),
    parkingLotUrl: read(WorkerEnvironment.PARKING_LOT_URL, String, 'the URL of a queue'),
    retryBudget: read(
      WorkerEnvironment.RETRY_BUDGET,
      retryBudget,
      'JSON with attempts (1 or more), baseDelaySeconds and maxDelaySeconds (0 to 43200)',
    ),
    claimBucket: environment[WorkerEnvironment.CLAIM_BUCKET] || undefined,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME ?? 'worker',
  };
  if (faults.length > 0) {
    throw new Error(
      `worker(): ${faults.join('; ')}. The QueueWorker block sets these; set them yourself where the function was made without it.`,
    );
  }
  return settings;
}

function positiveInteger(value: string): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) && number >= 1 ? number : undefined;
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
