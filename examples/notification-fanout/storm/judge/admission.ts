import { lengthOf, payloadText, type Rule } from '../oracle/rules-file';
import type { ToldDelivery } from './deliveries';
import { grouped } from './index-of';
import type { Finding } from './observed';

const SLACK = 2_000;

/** Never more than a cap allows, never fewer; of events that are the same to a rule, exactly one. */
export function admissionFindings(all: readonly ToldDelivery[]): readonly Finding[] {
  const asked = all.flatMap((told) => told.told.flatMap((rule) => askedOf(told, rule)));
  return [
    ...countFindings(
      asked,
      'cap',
      ({ cap }) => cap?.limit,
      ({ cap }) => cap,
    ),
    ...countFindings(
      asked,
      'deduplication',
      ({ deduplication }) => deduplication && 1,
      ({ deduplication }) => deduplication,
    ),
  ];
}

interface Asked extends ToldDelivery {
  readonly rule: Rule;
  /** The first word of why not, when it was not let pass. */
  readonly barredBy: string | undefined;
}

/** Only when something was to go out was it asked. */
function askedOf(told: ToldDelivery, rule: Rule): readonly Asked[] {
  const reasons = told.delivery.messages.filter((message) => message.rule === rule.id).map(({ reason }) => reason.split(':')[0]!);
  const barredBy = reasons.find((word) => word === 'cap' || word === 'deduplication');
  const isAdmitted = told.delivery.messages.some((message) => message.rule === rule.id && wasAdmitted(message));
  return barredBy !== undefined || isAdmitted ? [{ ...told, rule, barredBy }] : [];
}

const REFUSED_BEFORE = ['preference', 'address', 'method', 'another_rule'];

function wasAdmitted({ status, reason }: { readonly status: string; readonly reason: string }): boolean {
  const word = reason.split(':')[0]!;
  return !REFUSED_BEFORE.includes(word) && (status !== 'suppressed' || reason.endsWith('found when sending'));
}

function countFindings(
  asked: readonly Asked[],
  word: 'cap' | 'deduplication',
  limitOf: (rule: Rule) => number | undefined,
  settingOf: (rule: Rule) => { readonly window: string; readonly key?: string } | undefined,
): readonly Finding[] {
  const counted = asked.filter(
    ({ rule, barredBy }) => settingOf(rule) !== undefined && !rule.critical && (barredBy === undefined || barredBy === word),
  );
  const groups = grouped(counted, ({ rule, to, event }) => {
    const { key } = settingOf(rule)!;
    return [rule.id, to.id, ...(key === undefined ? [] : [payloadText(event, key)])].join(' ');
  });
  return [...groups].flatMap(([name, members]): readonly Finding[] => {
    const limit = limitOf(members[0]!.rule)!;
    const times = members.map(({ event }) => event.receivedAt);
    // Within one window, the order in which events were worked off does not change how many pass.
    if (Math.max(...times) - Math.min(...times) >= lengthOf(settingOf(members[0]!.rule)!.window))
      return [{ kind: 'wrong' as const, what: `the storm lasted longer than the window of ${name}` }];
    const passed = members.filter(({ barredBy }) => barredBy === undefined);
    const barred = members.filter(({ barredBy }) => barredBy === word);
    const full = [...passed].sort((one, other) => one.delivery.plannedAt - other.delivery.plannedAt)[limit - 1]?.delivery.plannedAt;
    return [
      ...(passed.length > limit
        ? [{ kind: 'against' as const, what: `${word} of ${name}: ${passed.length} passed, and ${limit} may` }]
        : []),
      ...barred
        .filter(({ delivery }) => full === undefined || delivery.plannedAt + SLACK < full)
        .map(({ event }) => ({ kind: 'missing' as const, what: `${word} of ${name} stopped ${event.id} before it was full` })),
    ];
  });
}
