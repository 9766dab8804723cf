import type { NotificationRule } from '../../notification-rules/rules';
import type { Decision, FlushedDigest, MessageId, RecipientContext, RecipientState, Remembered, Step, Timer, Write } from './contract';

/** A step while it is made: reads what it wrote itself before what was remembered. */
export class Draft {
  readonly decisions: Decision[] = [];
  readonly digests: FlushedDigest[] = [];
  readonly timers: Timer[] = [];
  private readonly writes = new Map<string, Write>();

  constructor(
    private readonly context: RecipientContext,
    private readonly state: RecipientState,
  ) {}

  get<Kind extends keyof Remembered>(kind: Kind, key: string): Remembered[Kind] | undefined {
    const written = this.writes.get(`${kind} ${key}`);
    return (written === undefined ? this.state[kind].get(key) : written.value) as Remembered[Kind] | undefined;
  }

  set<Kind extends keyof Remembered>(kind: Kind, key: string, value: Remembered[Kind] | undefined): void {
    this.writes.set(`${kind} ${key}`, { kind, key, value } as Write);
  }

  decide({ event, occurrence, rule, channel }: MessageId, decision: Pick<Decision, 'outcome' | 'reason' | 'at'>): void {
    const { outcome, reason, at } = decision;
    this.decisions.push({ event, occurrence, recipient: this.context.id, channel, rule, outcome, reason, at });
  }

  rule(id: string): NotificationRule {
    const rule = this.context.rules.rules.find((one) => one.id === id);
    if (rule === undefined) throw new Error(`rule ${id} is not among the rules any more`);
    return rule;
  }

  step(): Step {
    const { decisions, digests, timers } = this;
    return { writes: [...this.writes.values()], decisions, digests, timers };
  }
}
