import type { Finding, Kind, Observed, RecordedDelivery } from './judge/observed';

/** What a storm came to. */
export interface FanoutAccount {
  readonly events: { readonly published: number; readonly repeated: number; readonly accepted: number; readonly rejected: number };
  readonly recipients: number;
  /** Recipients of accepted events, each event's counted: each has exactly one end. */
  readonly planned: number;
  /** Messages by how they ended, and how many of each channel. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Why, of those that did not go out. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly digests: { readonly left: number; readonly events: number };
  readonly fallbacks: number;
  readonly arrived: Readonly<Record<string, number>>;
  readonly findings: Readonly<Record<Kind, number>>;
  /** Milliseconds from acceptance to the provider's answer, of messages that were neither held nor a digest nor a fallback, by lane. */
  readonly times: Readonly<Record<string, { readonly messages: number; readonly p50: number; readonly p95: number }>>;
  readonly outages: Readonly<Record<string, number>>;
  readonly steering: {
    readonly wasPaused: boolean;
    readonly plannedWhenPaused: number;
    readonly plannedAfterResumed: number;
    readonly plannedOfCancelled: number;
    readonly audience: number;
  };
  /** For each recipient for whom an event was planned. */
  readonly perRecipient: { readonly requests: number; readonly writeUnits: number };
  readonly seconds: Readonly<Record<string, number>>;
  readonly parked: Readonly<Record<string, number>>;
}

const number = (value: number): string => value.toLocaleString('en-US');
const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${number(count)} ${name}`)
    .join(', ') || 'none';

/** Messages by status and channel. */
export function outcomesOf(deliveries: readonly RecordedDelivery[]): FanoutAccount['outcomes'] {
  const outcomes: Record<string, Record<string, number>> = {};
  for (const { messages } of deliveries)
    for (const { status, channel } of messages) {
      outcomes[status] ??= {};
      outcomes[status][channel] = (outcomes[status][channel] ?? 0) + 1;
    }
  return outcomes;
}

/** How many of each name there are. */
export function counted(names: Iterable<string>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

export function findingsBy(findings: readonly Finding[]): FanoutAccount['findings'] {
  return { missing: 0, doubled: 0, against: 0, unaccounted: 0, wrong: 0, ...counted(findings.map(({ kind }) => kind)) };
}

/** From acceptance to the provider's answer, by lane: of what was to go out at once. */
export function timesOf({
  accepted,
  deliveries,
  arrivals,
}: Pick<Observed, 'accepted' | 'deliveries' | 'arrivals'>): FanoutAccount['times'] {
  const receivedAt = new Map(accepted.map((event) => [event.id, event.receivedAt]));
  const atOnce = new Map(
    deliveries.flatMap(({ event, recipient, messages, timeline }) =>
      messages
        .filter(({ channel, rule }) => timeline.find((entry) => entry.channel === channel && entry.rule === rule)?.status === 'queued')
        .map(({ channel, rule, lane }) => [[channel, rule, recipient, event].join(' '), lane] as const),
    ),
  );
  const milliseconds: Record<string, number[]> = {};
  for (const { channel, rule, recipient, events, at } of arrivals) {
    const lane = events.length === 1 ? atOnce.get([channel, rule, recipient, events[0]].join(' ')) : undefined;
    const since = receivedAt.get(events[0]!);
    if (lane === undefined || since === undefined || Number.isNaN(at)) continue;
    milliseconds[lane] ??= [];
    milliseconds[lane].push(at - since);
  }
  return Object.fromEntries(
    Object.entries(milliseconds).map(([lane, all]) => {
      const sorted = all.sort((one, other) => one - other);
      const share = (part: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!);
      return [lane, { messages: sorted.length, p50: share(0.5), p95: share(0.95) }];
    }),
  );
}

/** The account as a person reads it. */
export function describeFanout(account: FanoutAccount, timeline: string): string {
  const { events, outcomes, findings, times, digests, steering, perRecipient, seconds } = account;
  const channels = [...new Set(Object.values(outcomes).flatMap((by) => Object.keys(by)))].sort();
  const total = (by: Readonly<Record<string, number>>): number => Object.values(by).reduce((sum, count) => sum + count, 0);
  return [
    `${number(events.published)} events were published, ${number(events.repeated)} of them repetitions; ${number(events.accepted)} were accepted, ${number(events.rejected)} rejected`,
    `${number(account.recipients)} recipients; for ${number(account.planned)} recipients an event was planned, each has exactly one end${findings.unaccounted === 0 ? '' : ' but those named below'}`,
    '',
    table(
      ['messages', 'all', ...channels],
      Object.entries(outcomes)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([status, by]) => [status.replaceAll('_', ' '), number(total(by)), ...channels.map((channel) => number(by[channel] ?? 0))]),
    ),
    '',
    `why not       ${list(account.reasons)}`,
    `digests       ${number(digests.left)} left, with ${number(digests.events)} events`,
    `fallbacks     ${number(account.fallbacks)} went out`,
    `arrived       ${list(account.arrived)}`,
    `failing       ${list(account.outages)}`,
    steering.wasPaused
      ? `paused        ${number(steering.plannedWhenPaused)} of ${number(steering.audience)} were planned, ${number(steering.plannedAfterResumed)} more once it was resumed`
      : `paused        too late: all ${number(steering.audience)} were planned by then`,
    `cancelled     when ${number(steering.plannedOfCancelled)} of ${number(steering.audience)} were planned`,
    `parked        ${list(account.parked)}`,
    ...Object.entries(times).map(
      ([lane, { messages, p50, p95 }]) =>
        `${lane.padEnd(14)}accepted to sent: p50 ${number(p50)} ms, p95 ${number(p95)} ms (${number(messages)} messages)`,
    ),
    `per recipient ${perRecipient.requests.toFixed(2)} requests, ${perRecipient.writeUnits.toFixed(2)} write units of items up to 1 KB, planning and sending together`,
    `seconds       ${Object.entries(seconds)
      .map(([step, took]) => `${step} ${took.toFixed(1)}`)
      .join(', ')}`,
    '',
    `against rules, preferences and clock: ${findings.missing} missing, ${findings.doubled} doubled, ${findings.against} against, ${findings.unaccounted} unaccounted, ${findings.wrong} wrong`,
    '',
    timeline.trimEnd(),
  ].join('\n');
}

/** Columns under their names: the first to the left, numbers to the right. */
function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}
