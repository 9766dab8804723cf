import type { SideName, SourceSettings } from '../contract';

/** What {@link readSources} takes, for people. */
export const SOURCES_ALLOWED = 'JSON of the sources left and right, each of kind s3, export, scan or handler with its settings';

type Kind = SourceSettings['kind'];
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 1;
const CONTENTS = ['csv', 'jsonLines', 'parquet', 'dynamoDbJson'];
const isContent: Check = (value) => value === undefined || CONTENTS.includes(String(value));

const SETTINGS: { readonly [kind in Kind]: Readonly<Record<string, Check>> } = {
  s3: { bucket: isText, prefix: (value) => typeof value === 'string', content: isContent },
  export: { tableArn: isText },
  scan: { table: isText, segments: isCount, readUnits: (value) => typeof value === 'number' && value > 0 },
  handler: { content: isContent },
};

/** @returns undefined for anything but two sources */
export function readSources(text: string): Readonly<Record<SideName, SourceSettings>> | undefined {
  try {
    const { left, right } = JSON.parse(text) as Record<SideName, SourceSettings>;
    return [left, right].every(isSource) ? { left, right } : undefined;
  } catch {
    return undefined;
  }
}

function isSource(source: SourceSettings): boolean {
  const settings = SETTINGS[source.kind];
  return Object.entries(settings).every(([name, isAllowed]) => isAllowed((source as unknown as Record<string, unknown>)[name]));
}
