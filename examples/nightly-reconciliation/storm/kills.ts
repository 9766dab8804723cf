import type { Kill } from '../../../lib/operate/storm/contract';

const PUT = 's3:PutObject';

/** Whom the first attempt at a night loses: a copy, two reads, two comparisons. */
export function killsOfFirstAttempt(date: string): readonly Kill[] {
  const run = `/runs/${date}/1/`;
  return [
    put('copy before its list', 'before', `${run}snapshot/left.json`),
    put('read after its parts, before its marker', 'before', `${run}parts/left/00000.json`),
    put('read after its marker', 'after', `${run}parts/right/00001.json`),
    put('compare before its put', 'before', `${run}compared/00000.json`),
    put('compare after its put', 'after', `${run}compared/00001.json`),
  ];
}

/** Whom the second attempt loses: the function that keeps the register, reports and tells, four times. */
export function killsOfSecondAttempt(date: string): readonly Kill[] {
  return [
    { name: 'finish after a register transaction', operation: 'dynamodb:TransactWriteItems', moment: 'after', holding: [], occurrence: 2 },
    put('finish before its report', 'before', `/reports/summary/date=${date}/`),
    put('finish after its report', 'after', `/reports/page/date=${date}/`),
    { name: 'finish after its event', operation: 'events:PutEvents', moment: 'after', holding: ['ReconciliationCompleted'] },
  ];
}

function put(name: string, moment: Kill['moment'], inPath: string): Kill {
  return { name, operation: PUT, moment, holding: [], inPath };
}
