import { parkingLotsWithoutRunbook, untraced } from '../checklist';
import type { Rule } from '../rule';

const runbook: Rule = {
  id: 'checklist-runbook',
  category: 'checklist',
  severity: 'info',
  reason: 'Whoever is woken by an alarm on parked events needs to know what it means and what is safe to redrive.',
  source: 'https://docs.aws.amazon.com/wellarchitected/latest/operational-excellence-pillar/ops_ready_to_support_use_runbooks.html',
  *check(facts) {
    for (const { node, alarms } of parkingLotsWithoutRunbook(facts)) {
      yield {
        resources: alarms.map((alarm) => alarm.resource),
        path: [...facts.wayTo(node.id).nodes],
        message: `${alarms.map((alarm) => alarm.resource.logicalId).join(', ')} tells of events in ${node.label}, without a link to what to do then`,
        fix: 'put the address of the runbook section into AlarmDescription',
      };
    }
  },
};

const tracing: Rule = {
  id: 'checklist-tracing',
  category: 'checklist',
  severity: 'info',
  reason: 'One hop without tracing cuts the trace of every event that passes it.',
  source: 'https://docs.aws.amazon.com/xray/latest/devguide/xray-services.html',
  *check(facts) {
    const byStack = new Map<string, ReturnType<typeof untraced>>();
    for (const hop of untraced(facts)) byStack.set(hop.ref.stack, [...(byStack.get(hop.ref.stack) ?? []), hop]);
    for (const hops of byStack.values()) {
      const labels = hops.map(({ ref }) => ref.logicalId);
      yield {
        resources: hops.map(({ ref }) => ref),
        path: [...facts.wayTo(hops[0]!.id).nodes],
        message: `the trace of an event is cut at ${labels.join(', ')}`,
        fix: [...new Set(hops.map(({ fix }) => fix))].join('; '),
      };
    }
  },
};

export const checklistRules: readonly Rule[] = [runbook, tracing];
