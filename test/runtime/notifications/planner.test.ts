import type { NotificationRule } from '../../../lib/notification-rules/rules';
import type { AcceptedEvent, RecipientContext, RecipientState, Remembered, Step } from '../../../lib/runtime/notifications/contract';
import { onEngagement, onTimer, planEvent } from '../../../lib/runtime/notifications/planner';
import { suppressionsOf } from '../../../lib/runtime/notifications/suppressions';
import { ANN, rulesOf } from '../../support/notifications/previews';

const KINDS: readonly (keyof Remembered)[] = ['cap', 'deduplication', 'digests', 'pending', 'engagement'];
const EVENT: AcceptedEvent = { id: 'e1', occurrence: 'e1@1', receivedAt: Date.parse('2026-11-21T12:00:00Z'), payload: { orderId: 'o-1' } };

/** A table of JSON texts by kind and key, as a worker would keep; it hands out copies and notes what was asked for. */
class Table {
  readonly asked: string[] = [];
  private readonly items = new Map<string, string>();

  get state(): RecipientState {
    const reader = (kind: string) => ({
      get: (key: string): unknown => {
        this.asked.push(`${kind} ${key}`);
        const text = this.items.get(`${kind} ${key}`);
        return text === undefined ? undefined : JSON.parse(text);
      },
    });
    return Object.fromEntries(KINDS.map((kind) => [kind, reader(kind)])) as unknown as RecipientState;
  }

  keep({ writes }: Step): readonly string[] {
    for (const { kind, key, value } of writes) {
      if (value === undefined) this.items.delete(`${kind} ${key}`);
      else this.items.set(`${kind} ${key}`, JSON.stringify(value));
    }
    return [...this.items.keys()];
  }
}

function given(rule: Partial<NotificationRule>, now = EVENT.receivedAt) {
  const rules = rulesOf(rule);
  const context: RecipientContext = { rules, id: 'ann', recipient: ANN, suppressions: suppressionsOf(rules, [ANN]) };
  const table = new Table();
  const step = planEvent(context, table.state, EVENT, rules.rules, now);
  return { context, table, step, left: table.keep(step) };
}

test('a step asks for the keys of its own event and rules only', () => {
  const { table } = given({
    cap: { limit: 1, window: 'P1D' },
    deduplication: { window: 'PT1H', key: '/payload/orderId' },
    fallback: { channel: 'sms', wait: 'PT1H' },
  });
  expect([...new Set(table.asked)].sort()).toEqual(['cap ["shipped"]', 'deduplication ["shipped","o-1"]', 'pending e1@1']);
});

test('a rule without cap, digest, deduplication and fallback remembers nothing', () => {
  const { step } = given({});
  expect(step).toMatchObject({ writes: [], timers: [], decisions: [{ outcome: 'send' }] });
});

test('a digest leaves once: its timer finds nothing the second time', () => {
  const { context, table, step, left } = given({ digest: { window: 'PT1H' } });
  expect(left).toEqual(['digests ["email","shipped",null]']);
  const flushed = onTimer(context, table.state, step.timers[0]!, step.timers[0]!.at);
  expect(flushed.digests).toHaveLength(1);
  expect(table.keep(flushed)).toEqual([]);
  expect(onTimer(context, table.state, step.timers[0]!, step.timers[0]!.at)).toEqual({
    writes: [],
    decisions: [],
    digests: [],
    timers: [],
  });
});

test('a fallback goes out once: its timer finds nothing the second time', () => {
  const { context, table, step } = given({ fallback: { channel: 'sms', wait: 'PT1H' } });
  const gone = onTimer(context, table.state, step.timers[0]!, step.timers[0]!.at);
  expect(gone.decisions).toMatchObject([{ channel: 'sms', outcome: 'send', at: EVENT.receivedAt + 3_600_000 }]);
  expect(table.keep(gone)).toEqual([]);
  expect(onTimer(context, table.state, step.timers[0]!, step.timers[0]!.at).decisions).toEqual([]);
});

test('an engagement that is told twice is remembered once, and what waited is forgotten with its timer', () => {
  const { context, table, step } = given({ fallback: { channel: 'sms', wait: 'PT1H' } });
  table.keep(onEngagement(context, table.state, { event: 'e1', kind: 'opened' }));
  expect(onEngagement(context, table.state, { event: 'e1', kind: 'opened' }).writes).toEqual([]);
  const over = onTimer(context, table.state, step.timers[0]!, step.timers[0]!.at);
  expect(over.decisions).toEqual([]);
  expect(table.keep(over)).toEqual(['engagement e1']);
});

test('a held message without fallback leaves nothing behind but its timer', () => {
  const { context, table, step, left } = given({ quietHours: { start: '12:00', end: '14:00' } });
  expect(left).toEqual([]);
  expect(step.timers).toEqual([
    {
      kind: 'release',
      at: Date.parse('2026-11-21T13:00:00Z'),
      message: { event: 'e1', occurrence: 'e1@1', rule: 'shipped', channel: 'email' },
    },
  ]);
  const sent = onTimer(context, table.state, step.timers[0]!, step.timers[0]!.at);
  expect(sent).toMatchObject({ writes: [], decisions: [{ outcome: 'send', at: Date.parse('2026-11-21T13:00:00Z') }] });
});

test('a timer of a rule that is gone fails by name: nobody knows what it would have done', () => {
  const { table, step } = given({ fallback: { channel: 'sms', wait: 'PT1H' } });
  const rules = rulesOf({ id: 'renamed' });
  const context: RecipientContext = { rules, id: 'ann', recipient: ANN, suppressions: suppressionsOf(rules, []) };
  expect(() => onTimer(context, table.state, step.timers[0]!, step.timers[0]!.at)).toThrow('rule shipped is not among the rules any more');
});

describe('a worker that is late', () => {
  const quietHours = { start: '15:00', end: '16:00' };
  const [threeInBerlin, fourInBerlin] = [Date.parse('2026-11-21T14:00:00Z'), Date.parse('2026-11-21T15:00:00Z')];

  test('holds what it plans in quiet hours, and counts windows from when the event was received', () => {
    const late = given(
      { quietHours, cap: { limit: 1, window: 'P1D' }, fallback: { channel: 'sms', wait: 'PT1H', waitFrom: 'received' } },
      threeInBerlin,
    );
    expect(late.step.decisions).toMatchObject([{ outcome: 'held', at: fourInBerlin }]);
    expect(late.table.state.cap.get('["shipped"]')).toEqual([EVENT.receivedAt]);
    expect(late.step.timers.map(({ kind, at }) => [kind, at])).toEqual([
      ['release', fourInBerlin],
      ['fallback', EVENT.receivedAt + 3_600_000],
    ]);
  });

  test('holds again what it would release in quiet hours', () => {
    const { context, table } = given({ quietHours });
    const message = { event: 'e1', occurrence: 'e1@1', rule: 'shipped', channel: 'email' };
    const again = onTimer(context, table.state, { kind: 'release', at: threeInBerlin - 1, message }, threeInBerlin);
    expect(again).toMatchObject({ decisions: [{ outcome: 'held', at: fourInBerlin }], timers: [{ kind: 'release', at: fourInBerlin }] });
  });

  test('keeps a digest that it would flush in quiet hours until they are over', () => {
    const { context, table, step } = given({ quietHours, digest: { window: 'PT1H' } });
    const again = onTimer(context, table.state, step.timers[0]!, threeInBerlin);
    expect(again).toMatchObject({ writes: [], digests: [], timers: [{ kind: 'digest', at: fourInBerlin }] });
    expect(onTimer(context, table.state, again.timers[0]!, fourInBerlin).digests).toMatchObject([{ at: fourInBerlin, events: ['e1'] }]);
  });
});
