import { Decimal } from 'decimal.js';
import type { RedrivePlan } from '../../blocks/parking-contract';
import { showable } from '../../markup/showable';
import { dollars } from '../../review/cost/presenters/figures';
import { type PriceKey, Prices } from '../../review/cost/price-list';
import { US_EAST_1 } from '../../review/cost/prices/us-east-1';
import { duration } from '../../review/facts';
import { paint, type Terminal } from '../commands/terminal';
import { messages, number } from './wording';

/** What a run of the worker is taken to be: as long as `breakwater cost` takes it without a measurement, with the default memory of our functions. */
const RUN = { milliseconds: 100, gigabytes: 1 };

/** What a redrive costs, before tax and without the free tier. */
export interface RedriveCost {
  /** Dollars, decimal text. */
  readonly amount: string;
  readonly region: string;
  /** Day of the prices. */
  readonly date: string;
  readonly assumed: string;
}

export function costOf({ perMessage }: RedrivePlan, count: number): RedriveCost {
  const prices = new Prices(US_EAST_1, false);
  const units: ReadonlyArray<readonly [PriceKey, number]> = [
    ['AWSQueueService/Requests-Tier1', perMessage.queueRequests],
    ['AWSLambda/Request', perMessage.workerRuns],
    ['AWSLambda/Lambda-GB-Second', (perMessage.workerRuns * RUN.gigabytes * RUN.milliseconds) / 1000],
    ['AmazonDynamoDB/WriteRequestUnits', perMessage.writeUnits],
  ];
  const amount = units.reduce((sum, [key, each]) => {
    const cost = prices.of(key, new Decimal(each).times(count));
    if (cost === undefined) throw new Error(`the price list of ${US_EAST_1.region} has no line ${key}`);
    return sum.plus(cost);
  }, new Decimal(0));
  return {
    amount: amount.toFixed(),
    region: US_EAST_1.region,
    date: US_EAST_1.date,
    assumed: `${RUN.milliseconds} ms a run at ${RUN.gigabytes} GB`,
  };
}

/** A plan for a person. @param count messages that are meant: those of the plan, or the few that were named */
export function planText(terminal: Terminal, plan: RedrivePlan, count: number): string {
  const canary = Math.min(plan.canary, count);
  const cost = costOf(plan, count);
  const of = (some: number) => `${number(some)} of ${number(plan.lookedAt)}`;
  const lines: ReadonlyArray<readonly [string, string]> = [
    ['messages', `${number(count)}${canary > 0 ? `, ${number(canary)} of them first, as a canary` : ', without a canary'}`],
    [
      'takes',
      `${duration(Math.ceil(count / plan.rate))} at ${rateText(plan.rate)}${canary > 0 ? ', and the wait for the ends of the canary' : ''}`,
    ],
    ['costs', `${dollars(cost.amount)} (prices of ${cost.region}, ${cost.date}; ${cost.assumed})`],
    ...told(plan.effectStands, () => [
      "can't repeat",
      `${of(plan.effectStands)}: their effect stands. They end as duplicates, nothing happens twice`,
    ]),
    ...told(plan.guarded, () => ['at most once', `${of(plan.guarded)}: their record says parked. They may have their effect, once`]),
    ...told(plan.conflicting, () => ['will come back', `${of(plan.conflicting)}: another event has their key. Edit or discard them`]),
    ...told(plan.withoutKey, () => [
      'not followed',
      `${of(plan.withoutKey)}: nobody knows their key. The worker decides on it; their end is only seen when they come back`,
    ]),
    ...told(plan.redacted, () => ['redacted', `${of(plan.redacted)}: something was taken out of them. What is sent is not what came`]),
    ...plan.alarms.map((name) => ['ALARM', `${showable(name)} rings and stops the redrive at once`] as const),
  ];
  return lines
    .map(
      ([name, text]) =>
        `  ${paint(terminal, name === 'ALARM' || name === 'will come back' ? 'red' : undefined, name.padEnd(14))}  ${text}\n`,
    )
    .join('');
}

function told(count: number, line: () => readonly [string, string]): ReadonlyArray<readonly [string, string]> {
  return count > 0 ? [line()] : [];
}

/** `20/s`, or `30/min` below one a second. */
export function rateText(rate: number): string {
  return rate >= 1 ? `${number(rate)}/s` : `${number(rate * 60)}/min`;
}

export function question(count: number, group: string): string {
  return `Send ${messages(count)} of group ${group} back?`;
}
