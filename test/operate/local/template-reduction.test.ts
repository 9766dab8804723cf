import fc from 'fast-check';
import { type Gone, reduceTemplate, type Template } from '../../../lib/operate/local/template-reduction';

const gone = (...resources: string[]): Gone => ({ resources: new Set(resources), attributes: new Set(), exports: new Set() });
const queue = { Type: 'AWS::SQS::Queue' };
const archive = { Type: 'AWS::Events::Archive' };

describe('a template without its refused resources', () => {
  test('keeps every section and resource that has nothing to do with them, as it was', () => {
    const template: Template = {
      Description: 'x',
      Parameters: { P: { Type: 'String' } },
      Conditions: { C: { 'Fn::Equals': [{ Ref: 'P' }, 'a'] } },
      Resources: {
        Gone: archive,
        Q: { ...queue, DependsOn: 'Other', Properties: { Name: { Ref: 'P' } }, UpdatePolicy: { X: 1 }, DeletionPolicy: 'Retain' },
        Other: queue,
      },
      Outputs: { Url: { Value: { Ref: 'Q' } } },
    };
    const { Gone: _gone, ...kept } = template.Resources ?? {};
    expect(reduceTemplate('S', template, gone('Gone'))).toEqual({
      template: { ...template, Resources: kept },
      lostOutputs: [],
      lostExports: [],
    });
  });

  test.each([
    ['one dependency', 'Gone', undefined],
    ['the only one in a list', ['Gone'], undefined],
    ['one of several', ['A', 'Gone', 'B'], ['A', 'B']],
    ['none', ['A'], ['A']],
  ])('waits only for what is left: %s', (_case, dependsOn, left) => {
    const { template } = reduceTemplate('S', { Resources: { Gone: archive, Q: { ...queue, DependsOn: dependsOn } } }, gone('Gone'));
    expect(template.Resources?.Q?.DependsOn).toEqual(left);
  });

  test.each([
    ['Ref', { Ref: 'Gone' }],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Gone', 'Arn'] }],
    ['GetAtt as text', { 'Fn::GetAtt': 'Gone.Arn' }],
    ['Sub', { 'Fn::Sub': `x-\${Gone.Arn}` }],
    ['Sub with variables', { 'Fn::Sub': [`x-\${V}`, { V: { Ref: 'Gone' } }] }],
    ['deep inside a Join', { 'Fn::Join': ['', ['a', { 'Fn::If': ['C', { Ref: 'Gone' }, 'b'] }]] }],
  ])('loses the outputs that refer to them, and says which and what they exported: %s', (_case, value) => {
    const template = { Resources: { Gone: archive }, Outputs: { Lost: { Value: value, Export: { Name: 'E' } }, Kept: { Value: 'x' } } };
    const reduction = reduceTemplate('S', template, gone('Gone'));
    expect(reduction.template.Outputs).toEqual({ Kept: { Value: 'x' } });
    expect(reduction.lostOutputs).toEqual(['Lost']);
    expect(reduction.lostExports).toEqual(['E']);
  });

  test('leaves a variable of a Sub alone that only shares its name', () => {
    const shadowed = { 'Fn::Sub': [`\${Gone}`, { Gone: 'x' }] };
    const both = { 'Fn::Sub': [`\${Gone} \${Gone.Arn}`, { Gone: 'x' }] };
    const { template, lostOutputs } = reduceTemplate(
      'S',
      {
        Resources: { Gone: archive, Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { A: shadowed, B: both } } },
        Outputs: { Kept: { Value: shadowed } },
      },
      gone('Gone'),
    );
    expect(lostOutputs).toEqual([]);
    expect(template.Resources?.Alarm?.Properties).toEqual({
      A: shadowed,
      B: { 'Fn::Sub': [`\${Gone} not-run-locally-Gone`, { Gone: 'x' }] },
    });
  });

  test('loses the CodeDeploy update policy that names one of them, and no other update policy', () => {
    const policy = (group: unknown) => ({ CodeDeployLambdaAliasUpdate: { ApplicationName: 'a', DeploymentGroupName: group } });
    const resources = {
      Group: { Type: 'AWS::CodeDeploy::DeploymentGroup' },
      Shifted: { Type: 'AWS::Lambda::Alias', UpdatePolicy: policy({ Ref: 'Group' }) },
      Both: { Type: 'AWS::Lambda::Alias', UpdatePolicy: { ...policy({ Ref: 'Group' }), Other: 1 } },
      Elsewhere: { Type: 'AWS::Lambda::Alias', UpdatePolicy: policy('named') },
    };
    const { template } = reduceTemplate('S', { Resources: resources }, gone('Group'));
    expect(template.Resources?.Shifted).toEqual({ Type: 'AWS::Lambda::Alias' });
    expect(template.Resources?.Both?.UpdatePolicy).toEqual({ Other: 1 });
    expect(template.Resources?.Elsewhere?.UpdatePolicy).toEqual(policy('named'));
  });

  test.each([
    ['AWS::CloudWatch::Alarm', { Ref: 'Gone' }, 'not-run-locally-Gone'],
    ['AWS::IAM::Policy', { 'Fn::GetAtt': ['Gone', 'Arn'] }, 'not-run-locally-Gone'],
    [
      'AWS::Logs::MetricFilter',
      { 'Fn::Sub': `a \${Gone} \${AWS::Region} \${!Gone}` },
      { 'Fn::Sub': `a not-run-locally-Gone \${AWS::Region} \${!Gone}` },
    ],
    [
      'AWS::CloudWatch::Dashboard',
      { 'Fn::Sub': [`\${A}`, { A: { Ref: 'Gone' } }] },
      { 'Fn::Sub': [`\${A}`, { A: 'not-run-locally-Gone' }] },
    ],
    ['AWS::SQS::QueuePolicy', { Ref: 'Gone' }, 'not-run-locally-Gone'],
  ])('puts a placeholder where %s, which only watches or permits, refers to one', (type, value, placeholder) => {
    const { template } = reduceTemplate(
      'S',
      { Resources: { Gone: archive, W: { Type: type, Properties: { List: [value, { Ref: 'W2' }] } } } },
      gone('Gone'),
    );
    expect(template.Resources?.W?.Properties).toEqual({ List: [placeholder, { Ref: 'W2' }] });
  });

  test('is refused when a resource that is left needs one of them, with both, the place and what to do', () => {
    const template = {
      Resources: {
        Gone: archive,
        F: { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables: { A: { Ref: 'Gone' } } } } },
      },
    };
    expect(() => reduceTemplate('Orders', template, gone('Gone'))).toThrow(
      /^Orders: F \(AWS::Lambda::Function\) refers in Properties\.Environment\.Variables\.A to Gone \(AWS::Events::Archive\), .*does not run.*Leave one of the two out/,
    );
  });

  test('treats a lost output of a nested stack and a lost export of another stack like a resource of its own', () => {
    const lost: Gone = { resources: new Set(), attributes: new Set(['N.Outputs.A']), exports: new Set(['E']) };
    const outputs = {
      A: { Value: { 'Fn::GetAtt': ['N', 'Outputs.A'] } },
      B: { Value: { 'Fn::GetAtt': ['N', 'Outputs.B'] } },
      C: { Value: { 'Fn::ImportValue': 'E' } },
      D: { Value: { 'Fn::ImportValue': 'F' } },
    };
    const { template, lostOutputs } = reduceTemplate(
      'S',
      { Resources: { N: { Type: 'AWS::CloudFormation::Stack' } }, Outputs: outputs },
      lost,
    );
    expect(lostOutputs).toEqual(['A', 'C']);
    expect(Object.keys(template.Outputs ?? {})).toEqual(['B', 'D']);
  });

  test('names none of them any more, however they were referred to (or is refused)', () => {
    const ids = ['GoneA', 'GoneB', 'KeptC', 'KeptD'] as const;
    const id = fc.constantFrom(...ids);
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        id.map((target) => ({ Ref: target })),
        id.map((target) => ({ 'Fn::GetAtt': [target, 'Arn'] })),
        id.map((target) => ({ 'Fn::Sub': `arn:\${${target}.Arn}:\${AWS::Region}` })),
        fc.tuple(id, tie('value')).map(([target, inner]) => ({ 'Fn::Sub': [`\${X} \${${target}}`, { X: inner }] })),
        fc.array(tie('value'), { maxLength: 3 }).map((parts) => ({ 'Fn::Join': ['', parts] })),
      ),
    })).value;
    const type = fc.constantFrom('AWS::CloudWatch::Alarm', 'AWS::IAM::Policy', 'AWS::SQS::Queue');
    const resource = fc.record({ Type: type, Properties: value, DependsOn: fc.array(id) });
    fc.assert(
      fc.property(
        fc.tuple(resource, resource, resource, resource),
        fc.dictionary(fc.constantFrom('O1', 'O2'), value),
        (resources, outputs) => {
          const template = {
            Resources: Object.fromEntries(ids.map((name, index) => [name, resources[index]])),
            Outputs: outputs,
          } as Template;
          let reduced: Template;
          try {
            reduced = reduceTemplate('S', template, gone('GoneA', 'GoneB')).template;
          } catch (error) {
            expect(String(error)).toMatch(/Kept[CD] \(AWS::SQS::Queue\) refers/);
            return;
          }
          expect(Object.keys(reduced.Resources ?? {})).toEqual(['KeptC', 'KeptD']);
          expect(JSON.stringify(reduced).replaceAll(/not-run-locally-Gone[AB]/g, '')).not.toMatch(/(?<=["{])Gone[AB]/);
        },
      ),
    );
  });
});
