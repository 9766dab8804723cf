import { reviewOf } from '../support/topology/read';
import { arn, bus, lambda, type Resources, ref, role, rule } from '../support/topology/resources';

/** A function that publishes to the bus from which its own events come. */
const around = (pattern: object, publishes?: object): Resources => ({
  Bus: bus(),
  Rule: rule({ EventBusName: ref('Bus'), EventPattern: pattern, Targets: [{ Id: 'to', Arn: arn('Handler') }] }),
  Handler: {
    ...lambda({ Role: arn('Role') }),
    ...(publishes && { Metadata: { 'cdk-breakwater:publishes': publishes } }),
  },
  Role: role(['events:PutEvents', arn('Bus')]),
});
const ended = { source: 'shop', detailType: 'order.ended' };
const loops = (resources: Resources) => reviewOf(resources).report.findings.filter((finding) => finding.rule === 'storm-loop');

test('what may be published comes back by a rule on the same bus', () => {
  expect(loops(around({ source: ['shop'] }))).toHaveLength(1);
});

test('a rule that takes none of the events that are said to be published ends the loop', () => {
  expect(loops(around({ 'detail-type': ['order.begun'] }, [ended]))).toEqual([]);
  expect(loops(around({ source: ['other'], 'detail-type': ['order.ended'] }, [ended]))).toEqual([]);
});

test('a rule that takes one of them does not', () => {
  expect(loops(around({ 'detail-type': ['order.ended'] }, [{ source: 'shop', detailType: 'order.begun' }, ended]))).toHaveLength(1);
  expect(loops(around({ account: ['1'] }, [ended]))).toHaveLength(1);
});

test('another rule of the bus that takes one is found behind one that does not', () => {
  const { Rule, ...others } = around({ 'detail-type': ['order.begun'] }, [ended]);
  const all = rule({ EventBusName: ref('Bus'), EventPattern: { source: ['shop'] }, Targets: [{ Id: 'to', Arn: arn('Handler') }] });
  expect(loops({ ...others, Rule, Zall: all } as Resources)).toHaveLength(1);
});
