import { amountOf } from '../../support/cost/estimates';
import { arn, bus, httpApi, integration, lambda, queue, type Resources, ref, role, rule, sub } from '../../support/topology/resources';

const EVENTS = 'AWSEvents/Event-64K-Chunks';
const load = { eventsPerMonth: 1_000_000 };
const putting = (target: unknown): Resources => ({
  Api: httpApi({ ProtocolType: 'HTTP' }),
  Integration: integration({ ApiId: ref('Api'), IntegrationType: 'AWS_PROXY', IntegrationUri: arn('Tell') }),
  Tell: lambda({ Role: arn('Role') }),
  Role: role([['events:PutEvents'], target]),
});
const DEFAULT = sub('arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default');
const reads = (name?: object): Resources => ({
  Rule: rule({ ...(name ? { EventBusName: name } : {}), EventPattern: { source: ['shop'] }, Targets: [{ Id: 'One', Arn: arn('Queue') }] }),
  Queue: queue(),
});

test.each([
  ['that a rule reads', { Bus: bus(), ...reads(ref('Bus')) }],
  ['that nobody reads', { Bus: bus() }],
])('what a function puts on a bus %s is counted there', (_, resources) => {
  expect(amountOf({ ...putting(arn('Bus')), ...resources }, 'Bus', EVENTS, load)).toBe(1_000_000);
});

test.each([
  ['that a rule reads', reads()],
  ['that nobody reads', {}],
])('what a function puts on the default bus %s is counted at the function, as the bus is in no template', (_, resources) => {
  expect(amountOf({ ...putting(DEFAULT), ...resources }, 'Tell', EVENTS, load)).toBe(1_000_000);
});
