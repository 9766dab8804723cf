import { stopsOf } from '../oracle/gates';
import type { Rule } from '../oracle/rules-file';
import { audienceOf } from '../oracle/tell';
import { admissionFindings } from './admission';
import { Arrivals, misdirected } from './arrivals';
import { judgeDelivery, type ToldDelivery } from './deliveries';
import { digestFindings } from './digests';
import { eventFindings } from './events';
import type { FateContext } from './fate';
import { grouped } from './index-of';
import type { AcceptedEvent, Finding, Observed } from './observed';

/** How long after `pause` a worker may still plan a page that it had begun. */
const PAGE_UNDER_WAY = 10_000;

export interface Judgement {
  readonly findings: readonly Finding[];
  /** Recipients of accepted events, each event's counted. */
  readonly recipients: number;
}

/** Holds everything that was seen against what rules, preferences and clock say. */
export function judge(observed: Observed): Judgement {
  const { recipients, rules, stops } = observed;
  const context: FateContext = {
    observed,
    arrivals: new Arrivals(observed),
    early: {
      rules,
      stops: stopsOf(
        recipients,
        stops.map(({ toldAt, ...stop }) => ({ ...stop, since: toldAt })),
      ),
    },
    late: {
      rules,
      stops: stopsOf(
        recipients,
        stops.map(({ knownAt, ...stop }) => ({ ...stop, since: knownAt })),
      ),
    },
  };
  const { told, findings } = toldDeliveries(observed);
  const judged = told.map((one) => judgeDelivery(context, one));
  const all = [
    ...eventFindings(observed),
    ...findings,
    ...judged.flatMap((one) => one.findings),
    ...digestFindings(
      context,
      judged.flatMap(({ digests }) => digests),
    ),
    ...admissionFindings(told),
    ...steeringFindings(observed),
    ...misdirected(observed),
  ];
  // At last, when everything that is expected has been claimed.
  return { findings: [...all, ...context.arrivals.strays()], recipients: told.length };
}

/** Each recipient of each accepted event has exactly one delivery, and nobody else has one. */
function toldDeliveries({ accepted, deliveries, recipients, rules, steering }: Observed): {
  readonly told: readonly ToldDelivery[];
  readonly findings: readonly Finding[];
} {
  const known = new Map(recipients.map((one) => [one.id, one]));
  const byEvent = grouped(
    deliveries.filter(({ event }) => event !== undefined),
    ({ occurrence }) => occurrence,
  );
  const told: ToldDelivery[] = [];
  const findings: Finding[] = [];
  for (const event of accepted) {
    const audience = rulesByRecipient(rules.rules, event, recipients);
    const found = new Map((byEvent.get(event.occurrence) ?? []).map((delivery) => [delivery.recipient, delivery]));
    for (const [id, tells] of audience) {
      const delivery = found.get(id);
      if (delivery !== undefined) told.push({ event, to: { id, known: known.get(id) }, delivery, told: tells });
      // Planning ends where it stands.
      else if (event.id !== steering.cancelled.event)
        findings.push({ kind: 'unaccounted', what: `${event.id} (${event.name}) has no delivery to ${id}` });
    }
    for (const id of found.keys())
      if (!audience.has(id)) findings.push({ kind: 'wrong', what: `${event.id} has a delivery to ${id}, whom no rule tells` });
  }
  const occurrences = new Set(accepted.map(({ occurrence }) => occurrence));
  for (const [occurrence, all] of byEvent)
    if (!occurrences.has(occurrence))
      findings.push({ kind: 'wrong', what: `${all.length} deliveries are of ${occurrence}, which is no event` });
  return { told, findings };
}

function rulesByRecipient(
  rules: readonly Rule[],
  event: AcceptedEvent,
  recipients: Observed['recipients'],
): ReadonlyMap<string, readonly Rule[]> {
  const byRecipient = new Map<string, Rule[]>();
  for (const rule of rules.filter((one) => one.event === event.name))
    for (const id of audienceOf(rule, event, recipients)) byRecipient.set(id, [...(byRecipient.get(id) ?? []), rule]);
  return byRecipient;
}

/** Nothing is planned of an event that is paused or cancelled. */
function steeringFindings({ deliveries, steering: { paused, cancelled } }: Observed): readonly Finding[] {
  return deliveries
    .filter(
      ({ event, plannedAt }) =>
        (event === paused.event && plannedAt > paused.from + PAGE_UNDER_WAY && plannedAt < paused.to) ||
        (event === cancelled.event && plannedAt > cancelled.at + PAGE_UNDER_WAY),
    )
    .map(({ event, recipient }) => ({
      kind: 'against',
      what: `${event} was planned for ${recipient} while it was ${event === paused.event ? 'paused' : 'cancelled'}`,
    }));
}
