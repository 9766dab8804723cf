import fc from 'fast-check';
import { EDGE_CASES } from '../topology/edge-cases';
import { RULE_CASES } from './rule-cases';

/** Real templates, to be broken: every hand-over and every finding that the tests know. */
const WHOLE = [...Object.values(EDGE_CASES).map(({ resources }) => resources), ...Object.values(RULE_CASES).map(({ shows }) => shows)];
const TYPES = [...new Set(WHOLE.flatMap((resources) => Object.values(resources).map(({ Type }) => Type)))];

function keysWithin(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...keysWithin(inner)]);
}
const KEYS = [...new Set(WHOLE.flatMap(keysWithin))];

/** What somebody may write where something else belongs. */
const WRONG: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  99_999_999_999,
  '',
  'a text',
  '-1',
  'constructor',
  '__proto__',
  'arn:aws:sqs:eu-west-1:111122223333:elsewhere',
  'arn:aws:',
  '\uE0000\uE001',
  '{"half": ',
  '$.chosen',
  '{% $states.input %}',
  '$'.repeat(3000),
  [],
  [[]],
  [null],
  [{}],
  {},
  { '': null },
  { Ref: 'Handler' },
  { Ref: 'Queue' },
  { Ref: 'Nobody' },
  { Ref: 'constructor' },
  { Ref: ['Queue'] },
  { Ref: 'AWS::NoValue' },
  { Ref: 'AWS::Region' },
  { 'Fn::GetAtt': ['Queue', 'Arn'] },
  { 'Fn::GetAtt': ['Handler', { Ref: 'Handler' }] },
  { 'Fn::GetAtt': 'Queue' },
  { 'Fn::GetAtt': [] },
  { 'Fn::GetAtt': 7 },
  { 'Fn::Sub': '$' + '{Queue.Arn}$' + '{' },
  { 'Fn::Sub': ['$' + '{A}', { A: { Ref: 'Queue' } }] },
  { 'Fn::Sub': null },
  { 'Fn::Join': 3 },
  { 'Fn::Join': [null, [null, { Ref: 'Queue' }]] },
  { 'Fn::If': ['Flag', { Ref: 'Queue' }, { Ref: 'AWS::NoValue' }] },
  { 'Fn::If': [] },
  { 'Fn::Select': [9, ['a']] },
  { 'Fn::Select': ['x', null] },
  { 'Fn::Split': ['', { Ref: 'Queue' }] },
  { 'Fn::Split': null },
  { 'Fn::FindInMap': ['Nowhere', 'a', 'b'] },
  { 'Fn::ImportValue': { 'Fn::Sub': 'other-$' + '{AWS::StackName}' } },
  { 'Fn::ImportValue': [] },
  { 'Fn::GetStackOutput': { StackName: 'Nowhere', OutputName: 'Arn' } },
  { 'Fn::Transform': { Name: 'AWS::Include' } },
  { 'Fn::ForEach::Each': ['X', ['a'], {}] },
  { 'Fn::ToJsonString': { a: { Ref: 'Queue' } } },
  { 'Fn::Base64': 'YQ==' },
  '{{resolve:ssm:/queues/orders}}',
  '{{resolve:secretsmanager:name}}',
);

/** A real template in which one to three values are replaced, left out or doubled. */
export const mutatedTemplates: fc.Arbitrary<object> = fc
  .record({
    whole: fc.constantFrom(...WHOLE),
    changes: fc.array(
      fc.record({ place: fc.nat(), wrong: WRONG, how: fc.constantFrom('replace', 'replace', 'replace', 'leave out', 'wrap') }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  })
  .map(({ whole, changes }) => {
    const template = JSON.parse(JSON.stringify({ Resources: whole })) as { Resources: Record<string, unknown> };
    for (const { place, wrong, how } of changes) {
      const places = Object.values(template.Resources).flatMap((resource) => placesWithin(resource));
      const chosen = places[place % Math.max(1, places.length)];
      if (!chosen || chosen.key === 'Type') continue;
      const { holder, key } = chosen;
      if (how === 'leave out') delete holder[key];
      else holder[key] = how === 'wrap' ? [holder[key]] : structuredClone(wrong);
    }
    return template;
  });

function placesWithin(value: unknown): Array<{ readonly holder: Record<string, unknown>; readonly key: string }> {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [{ holder: value as Record<string, unknown>, key }, ...placesWithin(inner)]);
}

/** Anything of the shape of a template: known types and known property names, with any values under them. */
export const randomTemplates: fc.Arbitrary<object> = fc
  .dictionary(
    fc.constantFrom('Queue', 'Handler', 'Topic', 'Table', 'Bucket', 'Rule', 'Api', 'Flow', 'Role', 'Source', 'constructor'),
    fc.record(
      {
        Type: fc.constantFrom(...TYPES, 'Custom::Anything', 'AWS::Serverless::Function', ''),
        Properties: fc.letrec<{ value: unknown; properties: unknown }>((tie) => ({
          value: fc.oneof({ maxDepth: 4 }, WRONG, tie('properties'), fc.array(tie('value'), { maxLength: 2 })),
          properties: fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 }),
        })).properties,
        Metadata: fc.constantFrom<unknown>(null, 'aws:cdk:path', { 'aws:cdk:path': 7 }, { 'cdk-breakwater:idempotent': 'yes' }),
      },
      { requiredKeys: ['Type'] },
    ),
    { minKeys: 1, maxKeys: 8 },
  )
  .chain((Resources) =>
    fc.record(
      {
        Resources: fc.constant(Resources),
        Parameters: WRONG,
        Mappings: WRONG,
        Conditions: WRONG,
        Outputs: fc.oneof(
          WRONG,
          fc.dictionary(fc.string(), fc.record({ Value: WRONG, Export: fc.record({ Name: WRONG }) }), { maxKeys: 2 }),
        ),
      },
      { requiredKeys: ['Resources'] },
    ),
  );
