import type { Counter } from '../charge';
import { containerServices, loadBalancers, natGateways, webFirewalls } from './always-on';
import { apis, functionUrls, stages } from './apis';
import { authorizers } from './authorizers';
import { buckets } from './buckets';
import { archives, buses, pipes, rules, schedules } from './event-buses';
import { functions } from './functions';
import { alarms, dashboards, keys, metricFilters } from './monitoring';
import { queues, topics } from './queues-and-topics';
import { secrets } from './secrets';
import { stateMachines } from './state-machines';
import { deliveryStreams, streams, tables } from './tables';

export { isFree } from './free';

export const COUNTERS: readonly Counter[] = [
  alarms,
  apis,
  archives,
  authorizers,
  buckets,
  buses,
  containerServices,
  dashboards,
  deliveryStreams,
  functions,
  functionUrls,
  keys,
  loadBalancers,
  metricFilters,
  natGateways,
  pipes,
  queues,
  rules,
  schedules,
  secrets,
  stages,
  stateMachines,
  streams,
  tables,
  topics,
  webFirewalls,
];
