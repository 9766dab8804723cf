/** @returns the text of that version of a secret; undefined when it is binary. @throws what Secrets Manager threw */
export type GetSecretValue = (request: {
  readonly SecretId: string;
  readonly VersionStage: string;
}) => Promise<{ readonly SecretString?: string }>;

/** Rotation in Secrets Manager keeps two versions: both are valid, because the sender changes over at a time of its own. */
export interface Secrets {
  readonly current: readonly string[];
  /** Values of the versions before. Whatever stood in a secret before its first real value, a generated placeholder, stands here too. */
  readonly previous: readonly string[];
}

export interface SecretReader {
  /** The secrets, from the cache while it is fresh. @throws when one can't be read or has no known form */
  read(arns: readonly string[]): Promise<Secrets>;
  /** Reads again; undefined when that was done a moment ago. @throws as `read` */
  reread(arns: readonly string[]): Promise<Secrets | undefined>;
}

export interface SecretReaderOptions {
  /** `GetSecretValue` of Secrets Manager. */
  readonly getSecretValue: GetSecretValue;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A rotation that nobody's failed check has shown yet is seen after this time. */
const FRESH_MILLISECONDS = 5 * 60 * 1000;
/**
 * A failed check reads a secret again no more often than this, failures of the reading included: a flood of forgeries must not reach Secrets Manager. Short,
 * because a forgery may take the reading that a rotated secret needs, and a sender such as GitHub never sends again what is refused meanwhile.
 */
const REREAD_MILLISECONDS = 5 * 1000;

interface Entry {
  readonly startedAt: number;
  readonly secrets: Promise<Secrets>;
}

/** Secrets of Secrets Manager, cached by ARN; requests that come at the same time share one reading. */
export function createSecretReader({ getSecretValue, now }: SecretReaderOptions): SecretReader {
  const entries = new Map<string, Entry>();
  const rereadAt = new Map<string, number>();

  const start = (arn: string): Promise<Secrets> => {
    const secrets = readSecret(getSecretValue, arn);
    const entry = { startedAt: now(), secrets };
    const before = entries.get(arn);
    entries.set(arn, entry);
    secrets.catch(() => {
      // What was read before stays good for its own time.
      if (entries.get(arn) !== entry) return;
      if (before === undefined) entries.delete(arn);
      else entries.set(arn, before);
    });
    return secrets;
  };
  const fresh = (arn: string): Promise<Secrets> => {
    const entry = entries.get(arn);
    return entry !== undefined && now() - entry.startedAt < FRESH_MILLISECONDS ? entry.secrets : start(arn);
  };
  const isDue = (arn: string): boolean => {
    const last = Math.max(entries.get(arn)?.startedAt ?? 0, rereadAt.get(arn) ?? 0);
    return now() - last >= REREAD_MILLISECONDS;
  };

  return {
    read: async (arns) => combine(await Promise.all(arns.map(fresh))),
    async reread(arns) {
      const due = arns.filter(isDue);
      if (due.length === 0) return undefined;
      for (const arn of due) rereadAt.set(arn, now());
      return combine(await Promise.all(arns.map((arn) => (due.includes(arn) ? start(arn) : fresh(arn)))));
    },
  };
}

function combine(secrets: readonly Secrets[]): Secrets {
  return { current: secrets.flatMap(({ current }) => current), previous: secrets.flatMap(({ previous }) => previous) };
}

async function readSecret(getSecretValue: GetSecretValue, arn: string): Promise<Secrets> {
  const [current, previous] = await Promise.all([readStage(getSecretValue, arn, 'AWSCURRENT'), readPrevious(getSecretValue, arn)]);
  return { current, previous };
}

async function readPrevious(getSecretValue: GetSecretValue, arn: string): Promise<readonly string[]> {
  try {
    return await readStage(getSecretValue, arn, 'AWSPREVIOUS');
  } catch (error) {
    // Never rotated, or what stood there before its first real value was of another form.
    if (error instanceof SecretFormatError || (error as Error).name === 'ResourceNotFoundException') return [];
    throw error;
  }
}

async function readStage(getSecretValue: GetSecretValue, arn: string, stage: string): Promise<readonly string[]> {
  const { SecretString } = await getSecretValue({ SecretId: arn, VersionStage: stage });
  return parseSecret(arn, SecretString);
}

/** Its message names the secret's ARN, never its value. */
export class SecretFormatError extends Error {
  constructor(arn: string, given: string) {
    super(`the value of ${arn} must be the secret as the sender shows it, or a JSON array of such strings; given ${given}`);
    this.name = 'SecretFormatError';
  }
}

function parseSecret(arn: string, value: string | undefined): readonly string[] {
  if (value === undefined) throw new SecretFormatError(arn, 'a binary value');
  if (!/^\s*[[{]/.test(value)) return [value];
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return [value];
  }
  if (!Array.isArray(parsed)) throw new SecretFormatError(arn, 'a JSON object');
  if (!parsed.every((secret) => typeof secret === 'string')) throw new SecretFormatError(arn, 'a JSON array with something else in it');
  return parsed;
}
