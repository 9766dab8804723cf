import fc from 'fast-check';
import { readContracts } from '../../../lib/notification-rules/contracts';
import type { Preview } from '../../../lib/operate/notifications/preview';
import { CONTRACTS, STEP_MINUTES, world } from '../../support/notifications/arbitrary-world';
import { expected, type World } from '../../support/notifications/oracle';
import { previewed } from '../../support/notifications/previews';

jest.setTimeout(120_000);

const RUNS = Number(process.env.BREAKWATER_NOTIFICATION_RUNS ?? 250);
const contracts = readContracts('rules.json', { version: 1, events: CONTRACTS, rules: [] }, () => '{}');
const planned = ({ rules, recipients, events, engagements }: World): Preview =>
  previewed(rules, recipients, events, engagements, contracts);
const holds = (property: (given: World) => void, numRuns: number): void => fc.assert(fc.property(world, property), { numRuns });

const lined = (values: readonly object[]): string[] => values.map((one) => JSON.stringify(Object.entries(one).sort())).sort();
const firstWord = (reason: string): string => reason.split(':')[0]!;

test('what is planned is what the rules say, whatever rules, recipients, events and clocks', () => {
  const seen = new Set<string>();
  holds((given) => {
    const must = expected(given, STEP_MINUTES);
    const { decisions, digests } = planned(given);
    const told = decisions.map(({ reason, ...others }) => ({ ...others, why: firstWord(reason) }));
    for (const { outcome, why } of told) seen.add(`${outcome} ${why}`);
    expect({ decisions: lined(told), digests: lined(digests) }).toEqual({ decisions: lined(must.decisions), digests: lined(must.digests) });
  }, RUNS);
  // Worlds in which nothing happens would agree about anything.
  expect([...seen].sort()).toEqual(
    expect.arrayContaining([
      ...['digest digest', 'held quiet_hours', 'no_address address', 'rejected /payload/n', 'send critical', 'send fallback', 'send open'],
      ...['another_rule', 'cap', 'deduplication', 'method', 'preference', 'suppression'].map((why) => `suppressed ${why}`),
    ]),
  );
});

test('the order of the recipients file changes nothing', () => {
  holds((given) => {
    expect(planned({ ...given, recipients: [...given.recipients].reverse() })).toEqual(planned(given));
  }, 60);
});

test('the order of the events file changes nothing but which of two at the same instant is first', () => {
  holds((given) => {
    const byTime = [...given.events].sort((one, other) => Date.parse(one.receivedAt) - Date.parse(other.receivedAt));
    expect(planned({ ...given, events: byTime })).toEqual(planned(given));
  }, 60);
});

test('repeating every event changes nothing, while ids are remembered', () => {
  holds((given) => {
    const { rememberEventIds: _, ...semantics } = given.rules.semantics ?? {};
    const rules = { ...given.rules, semantics };
    // A rejected event is rejected again; that is another line and no other end.
    const events = given.events.filter(given.isValid);
    const later = events.map((event) => ({ ...event, receivedAt: new Date(Date.parse(event.receivedAt) + 60_000).toISOString() }));
    expect(planned({ ...given, rules, events: [...events, ...later] })).toEqual(planned({ ...given, rules, events }));
  }, 60);
});

test('an event, recipient and channel has at most one message, whatever rules speak of it', () => {
  holds((given) => {
    const { rememberEventIds: _, ...semantics } = given.rules.semantics ?? {};
    const { decisions, digests } = planned({ ...given, rules: { ...given.rules, semantics } });
    const messages = decisions
      .filter(({ outcome }) => ['send', 'held', 'digest'].includes(outcome))
      .map(({ event, recipient, channel }) => JSON.stringify([event, recipient, channel]));
    expect(new Set(messages).size).toBe(messages.length);
    const merged = decisions.filter(({ outcome }) => outcome === 'digest');
    expect(digests.flatMap(({ events }) => events)).toHaveLength(merged.length);
  }, 60);
});
