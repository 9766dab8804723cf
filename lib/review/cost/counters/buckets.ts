import { DAYS_A_MONTH, gigabytes, shown } from '../amounts';
import type { Counter } from '../charge';
import { takenInto } from './parking-desks';

/** S3: writes, reads by what it tells, storage. */
export const buckets: Counter = {
  types: ['AWS::S3::Bucket'],
  sentTo: true,
  count(bucket, counting) {
    const { graph } = counting.topology;
    const flow = counting.flows.node(bucket.id);
    const sent = counting.flows.entersAt(bucket.id);
    const written = (graph.edgesTo.get(bucket.id) ?? []).reduce(
      (sum, edge) => {
        const { events, copies } = counting.flows.edge(edge);
        return sum + events + copies;
      },
      sent.events + sent.copies + (takenInto(bucket, counting)?.handling.handled ?? 0),
    );
    const bytes = counting.traffic.given('itemBytes', bucket) ?? flow.bytes;
    counting.quantity(bucket, 'requests', 'AmazonS3/Requests-Tier1', written, () => `${shown(written)} objects written`);
    const told = (graph.edgesFrom.get(bucket.id) ?? []).reduce((sum, edge) => sum + counting.flows.edge(edge).events, 0);
    const each = counting.traffic.given('readsPerEvent', bucket);
    if (told !== 0 && each === undefined) counting.traffic.assume('*', 'reads', 'one GET', 'whoever is told of an object reads it once');
    const read = each === undefined ? told : written * each;
    counting.quantity(bucket, 'requests', 'AmazonS3/Requests-Tier2', read, () => `${shown(read)} objects read`);
    const days = counting.traffic.given('keptDays', bucket) ?? expiryDays();
    const stored = gigabytes(written * bytes * (days / DAYS_A_MONTH));
    counting.quantity(
      bucket,
      'storage',
      'AmazonS3/TimedStorage-ByteHrs',
      stored,
      () => `objects of ${shown(days)} days x ${shown(bytes)} bytes`,
    );

    function expiryDays(): number {
      const expiries = bucket
        .get('LifecycleConfiguration', 'Rules')
        .items()
        .map((rule) => rule.get('ExpirationInDays').number(0))
        .filter((one): one is number => typeof one === 'number' && one > 0);
      if (expiries.length > 0) return Math.max(...expiries);
      return counting.traffic.assume(bucket.ref.logicalId, 'keptDays', 365, 'objects without expiry stay: storage after a year');
    }
  },
};
