import type { Resource } from '../../../topology';
import type { Edge } from '../../../topology/graph';
import { chunks, gigabytes, SECONDS_A_MONTH, shown } from '../amounts';
import type { Counter, Counting } from '../charge';

const CHUNK_BYTES = 64 * 1024;
/** Pollers that Lambda keeps on an idle queue, each waiting up to 20 seconds: AWS, "Configuring scaling behavior for SQS event source mappings". */
const IDLE_POLLERS = 5;
const LONG_POLL_SECONDS = 20;
const LARGEST_BATCH_OF_A_RECEIVE = 10;

/** SQS: sending, receiving, deleting, and asking in vain. */
export const queues: Counter = {
  types: ['AWS::SQS::Queue'],
  sentTo: true,
  count(queue, counting) {
    const { graph } = counting.topology;
    const item = queue.get('FifoQueue').isTrue() ? 'AWSQueueService/Requests-FIFO-Tier1' : 'AWSQueueService/Requests-Tier1';
    const sends = (graph.edgesTo.get(queue.id) ?? []).reduce((sum, edge) => sum + sent(edge, counting), entered(queue, counting));
    counting.quantity(queue, 'requests', item, sends, () => `${shown(sends)} messages sent, in units of 64 KB`);
    for (const edge of graph.edgesFrom.get(queue.id) ?? []) {
      if (edge.role !== 'delivery') continue;
      if (edge.kind === 'sqs-lambda' || edge.kind === 'pipe-source')
        countPolling(queue, counting, edge, item, counting.flows.edge(edge).bytes);
      else counting.unpriced(queue, `requests of ${edge.to}, which reads it in a way that is not followed`);
    }
    const desk = graph.desks.get(queue.id);
    if (desk) countPolling(queue, counting, { to: desk.intake, via: [desk.via] }, item, counting.flows.node(desk.intake).bytes);
  },
};

function entered(queue: Resource, counting: Counting): number {
  const { events, copies, bytes } = counting.flows.entersAt(queue.id);
  return (events + copies) * chunks(bytes, CHUNK_BYTES);
}

/** SQS itself moves messages to a dead-letter queue without a request. */
function sent(edge: Edge, counting: Counting): number {
  if (edge.kind === 'sqs-redrive') return 0;
  const { events, copies, bytes } = counting.flows.edge(edge);
  return (events + copies) * chunks(bytes, CHUNK_BYTES);
}

function countPolling(
  queue: Resource,
  counting: Counting,
  edge: Pick<Edge, 'to' | 'via'>,
  item: 'AWSQueueService/Requests-FIFO-Tier1' | 'AWSQueueService/Requests-Tier1',
  bytes: number,
) {
  const { handling, runs } = counting.flows.node(edge.to);
  const { handled, returned } = handling;
  const together = handled === 0 ? 1 : Math.min(LARGEST_BATCH_OF_A_RECEIVE, handled / runs);
  const batches = handled / together;
  const receives = batches * chunks(bytes * together, CHUNK_BYTES);
  const idle = (IDLE_POLLERS * SECONDS_A_MONTH) / LONG_POLL_SECONDS;
  const provisioned = provisionedPollers(edge, counting);
  if (provisioned > 0)
    counting.quantity(
      queue,
      'polling',
      'AWSLambda/Lambda-SQS-Event-Poller-Unit-Hours',
      provisioned * 730,
      () => `${provisioned} provisioned pollers all month`,
    );
  counting.quantity(queue, 'polling', item, Math.max(receives, idle), () =>
    receives >= idle
      ? `${shown(receives)} receives of ${shown(together)} messages`
      : `${IDLE_POLLERS} pollers that ask every ${LONG_POLL_SECONDS} s`,
  );
  // Each message is deleted once. Where batches grow with what comes again, a share of them would make a retried event cheaper than one that is not.
  const deletes = Math.min(batches, handled - returned);
  counting.quantity(queue, 'requests', item, deletes, () => `${shown(deletes)} deletes of up to ${shown(together)} messages`);
  if (counting.topology.graph.nodes.get(edge.to)?.idempotent)
    counting.quantity(queue, 'requests', item, returned, () => `${shown(returned)} backoffs by visibility`);
}

function provisionedPollers(edge: Pick<Edge, 'via'>, counting: Counting): number {
  for (const ref of edge.via) {
    const least = counting.topology.model.resources
      .get(`${ref.stack}/${ref.logicalId}`)
      ?.get('ProvisionedPollerConfig', 'MinimumPollers')
      .number(0);
    if (typeof least === 'number' && least > 0) return least;
  }
  return 0;
}

/** SNS: publishing, and deliveries that aren't free. */
export const topics: Counter = {
  types: ['AWS::SNS::Topic'],
  sentTo: true,
  count(topic, counting) {
    const { events, copies, bytes } = counting.flows.node(topic.id);
    const published = (events + copies) * chunks(bytes, CHUNK_BYTES);
    const fifo = topic.get('FifoTopic').isTrue();
    counting.quantity(
      topic,
      'requests',
      fifo ? 'AmazonSNS/F-Request-Tier1' : 'AmazonSNS/Requests-Tier1',
      published,
      () => `${shown(published)} messages in units of 64 KB`,
    );
    if (fifo)
      counting.quantity(
        topic,
        'transfer',
        'AmazonSNS/F-Ingress-Bytes',
        gigabytes((events + copies) * bytes),
        () => `${shown(events)} messages x ${shown(bytes)} bytes`,
      );
    for (const edge of counting.topology.graph.edgesFrom.get(topic.id) ?? []) {
      const delivered = counting.flows.edge(edge);
      const times = (delivered.events + delivered.copies) * chunks(bytes, CHUNK_BYTES);
      if (edge.kind === 'sns-http')
        counting.quantity(topic, 'requests', 'AmazonSNS/DeliveryAttempts-HTTP', times, () => `${shown(times)} HTTP deliveries`);
      else if (edge.kind === 'sns-firehose')
        counting.quantity(topic, 'requests', 'AmazonSNS/DeliveryAttempts-FIREHOSE', times, () => `${shown(times)} deliveries to Firehose`);
      else if (edge.kind === 'sns-endpoint') countEndpoint(topic, counting, edge, times);
    }
  },
};

function countEndpoint(topic: Resource, counting: Counting, edge: Edge, times: number) {
  const protocols = edge.via.flatMap(
    (ref) => counting.topology.model.resources.get(`${ref.stack}/${ref.logicalId}`)?.get('Protocol').texts() ?? [],
  );
  if (protocols.some((protocol) => protocol.startsWith('email')))
    counting.quantity(topic, 'requests', 'AmazonSNS/DeliveryAttempts-SMTP', times, () => `${shown(times)} mails`);
  else
    counting.unpriced(
      topic,
      `deliveries by ${protocols.join(', ') || 'a protocol that is not known'}: the price depends on country and carrier`,
    );
}
