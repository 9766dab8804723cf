import { stackOfTemplate } from '../../lib/topology';
import { Model } from '../../lib/topology/model';
import type { Value } from '../../lib/topology/value';
import { arn, queue, ref, sub } from '../support/topology/resources';

/** What a value can be, references readable. */
function told(raw: unknown, rest: object = {}): string[] {
  const model = new Model([
    stackOfTemplate('Test', { Resources: { Queue: queue(), Subject: { Type: 'Test::Subject', Properties: { Value: raw } } }, ...rest }),
  ]);
  const value: Value = model.resources.get('Test/Subject')!.get('Value');
  return value.options.flatMap((option) =>
    option.kind === 'scalar' ? model.marks.variants(String(option.scalar)).map((text) => model.marks.readable(text)) : [option.kind],
  );
}

const QUEUE = sub('<Queue.Arn>')['Fn::Sub'];

describe('intrinsic functions', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['Ref', ref('Queue'), [sub('<Queue>')['Fn::Sub']]],
    ['Ref of a pseudo parameter', ref('AWS::Region'), [sub('<AWS.Region>')['Fn::Sub']]],
    ['Ref of the stack name', ref('AWS::StackName'), ['Test']],
    ['Ref of no value', ref('AWS::NoValue'), ['absent']],
    ['Ref of nothing', ref('Nobody'), ['?']],
    ['GetAtt', arn('Queue'), [QUEUE]],
    ['GetAtt as text', { 'Fn::GetAtt': 'Queue.Arn' }, [QUEUE]],
    ['Sub', sub('a-<Queue.Arn>-<AWS::StackName>-b'), [`a-${QUEUE}-Test-b`]],
    ['Sub with variables', { 'Fn::Sub': [sub('<x>:<Queue.Arn>')['Fn::Sub'], { x: 'one' }] }, [`one:${QUEUE}`]],
    ['Sub with a literal', sub('<!Literal>'), [sub('<Literal>')['Fn::Sub']]],
    ['Join', { 'Fn::Join': ['/', ['a', ref('AWS::NoValue'), arn('Queue'), 5]] }, [`a/${QUEUE}/5`]],
    [
      'If, both branches',
      { 'Fn::If': ['Condition', 'one', { 'Fn::If': ['Other', 'two', ref('AWS::NoValue')] }] },
      ['one', 'two', 'absent'],
    ],
    [
      'If inside Join',
      { 'Fn::Join': ['-', [{ 'Fn::If': ['Condition', 'a', 'b'] }, { 'Fn::If': ['Other', 'c', 'd'] }]] },
      ['a-c', 'a-d', 'b-c', 'b-d'],
    ],
    ['Select', { 'Fn::Select': [1, ['a', arn('Queue'), 'c']] }, [QUEUE]],
    ['Select of Split', { 'Fn::Select': ['1', { 'Fn::Split': [',', 'a,b,c'] }] }, ['b']],
    ['Select of a part of an unknown ARN', { 'Fn::Select': [5, { 'Fn::Split': [':', arn('Queue')] }] }, [QUEUE]],
    ['ToJsonString', { 'Fn::ToJsonString': { a: [arn('Queue')] } }, [`{"a":["${QUEUE}"]}`]],
    ['an unknown function', { 'Fn::GetAZs': '' }, ['?']],
    ['a macro', { 'Fn::Transform': { Name: 'Mine' } }, ['?']],
  ])('%s', (_, raw, expected) => {
    expect(told(raw)).toEqual(expected);
  });

  it('FindInMap takes the key, or every one where the key is only known at deployment', () => {
    const Mappings = { Sizes: { 'eu-west-1': { batch: 5 }, 'us-east-1': { batch: 10 } } };
    expect(told({ 'Fn::FindInMap': ['Sizes', 'us-east-1', 'batch'] }, { Mappings })).toEqual(['10']);
    expect(told({ 'Fn::FindInMap': ['Sizes', ref('AWS::Region'), 'batch'] }, { Mappings })).toEqual(['5', '10']);
    expect(told({ 'Fn::FindInMap': ['Nowhere', 'a', 'b'] }, { Mappings })).toEqual(['?']);
  });

  it('parameters are their default, a list of it, or unknown', () => {
    const Parameters = {
      Size: { Type: 'Number', Default: 7 },
      Names: { Type: 'CommaDelimitedList', Default: 'a, b' },
      Open: { Type: 'String' },
      Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/path' },
    };
    expect(told(ref('Size'), { Parameters })).toEqual(['7']);
    expect(told({ 'Fn::Select': [1, ref('Names')] }, { Parameters })).toEqual(['b']);
    expect(told(ref('Open'), { Parameters })).toEqual(['?']);
    expect(told(ref('Stored'), { Parameters })).toEqual(['?']);
  });

  it('references that lead back to themselves end as unknown', () => {
    const Outputs = { Round: { Value: { 'Fn::ImportValue': 'round' }, Export: { Name: 'round' } } };
    expect(told({ 'Fn::ImportValue': 'round' }, { Outputs })).toEqual(['?']);
  });

  it('nesting without end ends as unknown', () => {
    let raw: unknown = 'deep';
    for (let depth = 0; depth < 1_000; depth += 1) raw = { 'Fn::Join': ['', [raw]] };
    expect(told(raw).join()).toContain('?');
  });

  it('a private character in a template is read as unknown and harms nobody', () => {
    expect(told('\uE0003\uE001')).toEqual(['?']);
  });
});

describe('a number', () => {
  const numberOf = (raw: unknown, worst?: 'largest' | 'smallest') => {
    const model = new Model([stackOfTemplate('Test', { Resources: { Subject: { Type: 'Test::Subject', Properties: { Value: raw } } } })]);
    return model.resources.get('Test/Subject')!.get('Value').number(30, worst);
  };

  it('is the worst that a condition allows, the default included', () => {
    const branches = { 'Fn::If': ['Condition', 10, { 'Fn::If': ['Other', '60', ref('AWS::NoValue')] }] };
    expect(numberOf(branches)).toBe(60);
    expect(numberOf(branches, 'smallest')).toBe(10);
    expect(numberOf(ref('AWS::NoValue'))).toBe(30);
  });

  it.each([
    ['text', 'many'],
    ['empty', ''],
    ['truth', true],
    ['list', [1]],
  ])('that is %s is unknown', (_, raw) => {
    expect(numberOf(raw)).toBe('unknown');
  });
});
