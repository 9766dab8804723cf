import type { Rule } from '../rule';

/** Metrics of slow or failing answers, of the API or of the function behind. */
const METRICS = [
  'Latency',
  'IntegrationLatency',
  '5XXError',
  '5xx',
  '5XXErrors',
  'Duration',
  'Errors',
  'UrlRequestLatency',
  'Url5xxCount',
  'Throttles',
];

export const timeAnswerAlarm: Rule = {
  id: 'time-answer-alarm',
  category: 'time',
  severity: 'warning',
  reason: 'The promise of a synchronous path is its answer; an API that fails or slows down should be known before its callers tell.',
  source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html',
  *check(facts) {
    for (const node of facts.graph.nodes.values()) {
      if (
        (node.kind !== 'api' && node.kind !== 'function-url') ||
        !node.resource ||
        !facts.ways.reaches(node.id) ||
        facts.from(node.id).length === 0
      )
        continue;
      const behind = facts.from(node.id).map((edge) => edge.to);
      const watched = [node.id, ...behind].some((id) =>
        facts.alarmsOn(id).some((alarm) => (alarm.composite || METRICS.includes(alarm.metricName ?? '')) && facts.tells(alarm)),
      );
      if (watched) continue;
      yield {
        resources: [node.resource],
        path: [node.id, ...behind.slice(0, 1)],
        message: `nobody is told when ${node.label} answers late or with errors: no alarm with an action watches it or what is behind it`,
        fix:
          node.kind === 'api'
            ? `add alarms with an action on Latency and 5XXError (HTTP API: 5xx) of ${node.label}, at the answer time that you promise`
            : `add alarms with an action on Duration and Errors of ${behind.map((id) => facts.label(id)).join(', ')}, at the answer time that you promise`,
      };
    }
  },
};
