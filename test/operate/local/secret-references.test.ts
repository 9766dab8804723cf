import { referToSecretsByArn } from '../../../lib/operate/local/secret-references';
import type { Template } from '../../../lib/operate/local/template-reduction';

const Secret = { Type: 'AWS::SecretsManager::Secret' };
const Topic = { Type: 'AWS::SNS::Topic' };

function rewrittenProperties(properties: unknown): unknown {
  return referToSecretsByArn({ Resources: { Secret, Topic, Policy: { Type: 'AWS::IAM::Policy', Properties: properties } } }).Resources
    ?.Policy?.Properties;
}

test('a reference to a secret becomes its ARN wherever it stands, others stay as they are', () => {
  expect(
    rewrittenProperties({
      Statement: [{ Resource: [{ Ref: 'Secret' }, { Ref: 'Topic' }] }],
      Sub: { 'Fn::Sub': `a \${Secret} b \${Secret.Id} c \${Topic} d \${!Secret}` },
      Variables: { 'Fn::Sub': [`\${Secret} \${Own}`, { Own: { Ref: 'Secret' } }] },
      Shadowed: { 'Fn::Sub': [`\${Secret}`, { Secret: 'text' }] },
      Joined: { 'Fn::Join': ['', ['[', { Ref: 'Secret' }, ']']] },
    }),
  ).toEqual({
    Statement: [{ Resource: [{ 'Fn::GetAtt': ['Secret', 'Id'] }, { Ref: 'Topic' }] }],
    Sub: { 'Fn::Sub': `a \${Secret.Id} b \${Secret.Id} c \${Topic} d \${!Secret}` },
    Variables: { 'Fn::Sub': [`\${Secret.Id} \${Own}`, { Own: { 'Fn::GetAtt': ['Secret', 'Id'] } }] },
    Shadowed: { 'Fn::Sub': [`\${Secret}`, { Secret: 'text' }] },
    Joined: { 'Fn::Join': ['', ['[', { 'Fn::GetAtt': ['Secret', 'Id'] }, ']']] },
  });
});

test('a template without secrets is left alone', () => {
  const template: Template = { Resources: { Topic }, Outputs: { Arn: { Value: { Ref: 'Topic' } } } };
  expect(referToSecretsByArn(template)).toBe(template);
});
