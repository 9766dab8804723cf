import { Stack } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { refuse, requireWithin } from '../../blocks/rule';

/** What stands for the business date in a prefix, and how a policy names every such date. */
const DATES: ReadonlyArray<readonly [placeholder: string, pattern: string]> = [
  ['{date}', '????-??-??'],
  ['{yyyymmdd}', '????????'],
];

/** The prefix of a source as a policy names it. */
export function patternOf(prefix: string): string {
  return DATES.reduce((text, [placeholder, pattern]) => text.replaceAll(placeholder, pattern), prefix);
}

export function checkPrefix(scope: Construct, prefix: string) {
  const rest = DATES.reduce((text, [placeholder]) => text.replaceAll(placeholder, ''), prefix);
  if (rest.length > 0 && !/[*?${}]/.test(rest) && !prefix.startsWith('/')) return;
  refuse(scope, {
    rule: 'the prefix of a source names its files in the bucket, and so what may be read there',
    allowed: `text without *, ?, $, { and } but for ${DATES.map(([placeholder]) => placeholder).join(' and ')}, not only a date, no / in front`,
    given: `'${prefix}'`,
    remedy: "Give a prefix of the source's own, for example 'statements/{date}/'.",
  });
}

/** Refuses a table which is known to have no point-in-time recovery: DynamoDB exports no other one. */
export function checkRecoverable(scope: Construct, table: ITable) {
  if (isRecoverable(table) !== false) return;
  refuse(scope, {
    rule: 'a table is exported as it was at a point in time',
    allowed: 'a table with point-in-time recovery',
    given: `${table.node.path} without`,
    remedy: 'Set pointInTimeRecoverySpecification on the table, or use ReconciliationSource.dynamoDbScan() for a small one.',
  });
}

/** @returns undefined for a table of which the app knows the name only */
function isRecoverable(table: ITable): boolean | undefined {
  const resource = table.node.defaultChild;
  const specification =
    resource instanceof CfnTable
      ? { one: resource.pointInTimeRecoverySpecification }
      : resource instanceof CfnGlobalTable
        ? { all: resource.replicas }
        : undefined;
  if (specification === undefined) return undefined;
  return JSON.stringify(Stack.of(table).resolve(specification)).includes('"pointInTimeRecoveryEnabled":true');
}

export function checkScan(scope: Construct, readUnitsPerSecond: number, segments: number | undefined) {
  const remedy = 'Change it in ReconciliationSource.dynamoDbScan().';
  requireWithin(scope, 'read units a second of a scan', readUnitsPerSecond, [1, 40_000], remedy);
  requireWithin(scope, 'segments of a scan', segments, [1, 100], remedy);
}
