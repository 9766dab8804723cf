import { parseTemplate } from '../../lib/topology/parse-template';
import { TemplateError } from '../../lib/topology/template-error';

function faultOf(text: string, file = 'stack.json'): TemplateError {
  try {
    parseTemplate(file, text);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('expected a fault');
}

describe('YAML', () => {
  it('says with short forms what JSON says with long ones', () => {
    const yaml = `
Parameters: {Stage: {Type: String, Default: dev}}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "\${AWS::StackName}-orders"
      VisibilityTimeout: 30
      FifoQueue: false
      RedrivePolicy: !If [Production, {deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: 5}, !Ref AWS::NoValue]
      Tags:
        - Key: one
          Value: !Join ["-", [a, !Select [0, !Split [",", "x,y"]]]]
        - Key: two
          Value: !FindInMap
            - Sizes
            - !Ref AWS::Region
            - batch
        - Key: three
          Value: !ImportValue
            Fn::Sub: "\${Network}-queue"
        - Key: four
          Value: !Sub
            - "\${x}"
            - x: !GetAtt [Dlq, Arn]
`;
    const json = {
      Parameters: { Stage: { Type: 'String', Default: 'dev' } },
      Resources: {
        Queue: {
          Type: 'AWS::SQS::Queue',
          Properties: {
            QueueName: { 'Fn::Sub': '\u0024{AWS::StackName}-orders' },
            VisibilityTimeout: 30,
            FifoQueue: false,
            RedrivePolicy: {
              'Fn::If': ['Production', { deadLetterTargetArn: { 'Fn::GetAtt': 'Dlq.Arn' }, maxReceiveCount: 5 }, { Ref: 'AWS::NoValue' }],
            },
            Tags: [
              { Key: 'one', Value: { 'Fn::Join': ['-', ['a', { 'Fn::Select': [0, { 'Fn::Split': [',', 'x,y'] }] }]] } },
              { Key: 'two', Value: { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'batch'] } },
              { Key: 'three', Value: { 'Fn::ImportValue': { 'Fn::Sub': '\u0024{Network}-queue' } } },
              { Key: 'four', Value: { 'Fn::Sub': ['\u0024{x}', { x: { 'Fn::GetAtt': ['Dlq', 'Arn'] } }] } },
            ],
          },
        },
      },
    };
    expect(JSON.parse(JSON.stringify(parseTemplate('stack.yaml', yaml).body))).toEqual(json);
  });

  it('reads anchors, aliases and merges', () => {
    const { body } = parseTemplate(
      'stack.yaml',
      'X: &shared {Timeout: 5}\nResources:\n  A: {Type: T, Properties: {<<: *shared, Size: 1}}\n  B: {Type: T, Properties: *shared}\n',
    );
    expect(JSON.parse(JSON.stringify(body.Resources))).toEqual({
      A: { Type: 'T', Properties: { Timeout: 5, Size: 1 } },
      B: { Type: 'T', Properties: { Timeout: 5 } },
    });
  });

  it('does not grow without end', () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `L${level}: &l${level} [${level === 0 ? '1,1' : `*l${level - 1},*l${level - 1}`}]`,
    );
    expect(faultOf(`${levels.join('\n')}\nResources: {}\n`, 'bomb.yaml').reason).toContain('too large');
  });
});

describe('a template that can not be read', () => {
  it.each<[string, string, number | undefined, string]>([
    ['JSON with a missing comma', '{"Resources": {\n "A": {"Type": "T"}\n "B": {}\n}}', 3, "expected ',' or '}'"],
    ['JSON with a comma too many', '{"Resources": {\n "A": {"Type": "T"},\n}}', 3, 'expected a key in double quotes'],
    ['JSON that ends early', '{"Resources": {\n "A": [1,\n', 3, "'[' is never closed"],
    ['JSON with an open string', '{"Resources": {\n "A: 1\n}}', 2, 'never closed'],
    ['JSON with a bad value', '{"Resources": {\n\n "A": undefined}}', 3, 'expected a value'],
    ['JSON with something behind it', '{"Resources": {}}\n}', 2, 'after the end'],
    ['no Resources', '{"AWSTemplateFormatVersion": "2010-09-09"}', 1, 'no Resources'],
    ['Resources of another kind', '{\n"Resources": []}', 2, 'Resources must be a mapping'],
    ['a resource of another kind', '{\n"Resources": {\n"Queue": 5}}', 3, 'resource Queue must be a mapping'],
    ['a resource without a type', '{\n"Resources": {\n"Queue": {"Properties": {}}}}', 3, 'resource Queue has no Type'],
    ['YAML that is a list', '- a\n- b\n', 1, 'not a mapping'],
    ['YAML with bad indentation', 'Resources:\n  A:\n    Type: T\n   B: 1\n', 4, 'not valid YAML'],
    ['YAML with an unknown function', 'Resources:\n  A:\n    Type: T\n    Properties: {X: !Foo 1}\n', 4, 'unknown tag !Foo'],
    ['nothing', '', 1, 'not a mapping'],
  ])('%s is told with its line and reason', (_, text, line, reason) => {
    const fault = faultOf(text);
    expect(fault.reason).toContain(reason);
    expect(fault.line).toBe(line);
    expect(fault.message).toBe(`stack.json${line === undefined ? '' : `:${line}`}: ${fault.reason}`);
  });

  it.each([
    ['JSON', '['],
    ['YAML', '- '],
  ])('nested %s without end is told, not a crash', (_, open) => {
    const text = open === '[' ? `{"Resources": ${'['.repeat(200_000)}` : `Resources:\n${open.repeat(20_000)}`;
    expect(faultOf(text)).toBeInstanceOf(TemplateError);
  });

  it('with a byte order mark is read all the same', () => {
    expect(Object.keys(parseTemplate('a.json', '\uFEFF{"Resources": {"A": {"Type": "T"}}}').resources)).toEqual(['A']);
  });
});
