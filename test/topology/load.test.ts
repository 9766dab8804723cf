import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readTopology, type TemplateError } from '../../lib/topology';
import { edgesBetween } from '../support/topology/read';
import { arn, lambda, mapping, queue, type Resources, ref, sub } from '../support/topology/resources';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, content: unknown): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function assembly(artifacts: Record<string, object>, at = '') {
  write(join(at, 'manifest.json'), { version: '48.0.0', artifacts });
}

const stack = (templateFile: string, rest: object = {}) => ({ type: 'aws:cloudformation:stack', properties: { templateFile }, ...rest });
const template = (Resources: Resources, rest: object = {}) => ({ Resources, ...rest });
const consumer = (source: unknown) => ({ Source: mapping({ EventSourceArn: source, FunctionName: ref('Handler') }), Handler: lambda() });

describe('an assembly', () => {
  it('is read with its stacks, and with those of its stages', () => {
    assembly({
      One: stack('One.template.json'),
      Stage: { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Stage' } },
      Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
    });
    assembly(
      { Two: { ...stack('Two.template.json'), properties: { templateFile: 'Two.template.json', stackName: 'Stage-Two' } } },
      'assembly-Stage',
    );
    write('One.template.json', template({ Queue: queue() }));
    write('assembly-Stage/Two.template.json', template({ Topic: queue() }));
    expect(readTopology([folder]).model.stacks.map((one) => one.name)).toEqual(['One', 'Stage-Two']);
  });

  it('connects stacks by exports and imports', () => {
    assembly({ One: stack('One.template.json'), Two: stack('Two.template.json') });
    write(
      'One.template.json',
      template({ Queue: queue() }, { Outputs: { Out: { Value: arn('Queue'), Export: { Name: sub('<AWS::StackName>:Queue') } } } }),
    );
    write('Two.template.json', template(consumer({ 'Fn::ImportValue': 'One:Queue' })));
    expect(edgesBetween(readTopology([folder]), 'Queue', 'Handler')).toHaveLength(1);
  });

  it('connects stacks by weak references and across Regions', () => {
    assembly({ One: stack('One.template.json'), Two: stack('Two.template.json'), Three: stack('Three.template.json') });
    const writer = {
      Type: 'Custom::CrossRegionExportWriter',
      Properties: { WriterProps: { exports: { '/cdk/exports/Three/Queue': arn('Queue') } } },
    };
    write('One.template.json', template({ Queue: queue(), Writer: writer }, { Outputs: { Out: { Value: arn('Queue') } } }));
    write('Two.template.json', template(consumer({ 'Fn::GetStackOutput': { StackName: 'One', OutputName: 'Out' } })));
    write(
      'Three.template.json',
      template({ ...consumer(arn('Reader', '/cdk/exports/Three/Queue')), Reader: { Type: 'Custom::CrossRegionExportReader' } }),
    );
    expect(edgesBetween(readTopology([folder]), 'Queue', 'Handler')).toHaveLength(2);
  });

  it('reads nested stacks by metadata or by asset, with their parameters and outputs', () => {
    const hash = 'a'.repeat(64);
    assembly({ One: stack('One.template.json'), 'One.assets': { type: 'cdk:asset-manifest', properties: { file: 'One.assets.json' } } });
    write('One.assets.json', { files: { [hash]: { source: { path: 'inner.template.json' } } } });
    const nested = (rest: object) => ({ Type: 'AWS::CloudFormation::Stack', ...rest });
    write(
      'One.template.json',
      template({
        Queue: queue(),
        Reads: nested({ Properties: { TemplateURL: sub(`https://s3.<AWS::Region>/${hash}.json`), Parameters: { Source: arn('Queue') } } }),
        Makes: nested({ Metadata: { 'aws:asset:path': 'makes.template.json' }, Properties: { TemplateURL: 'https://example.com/x' } }),
        ...consumer(arn('Makes', 'Outputs.Out')),
      }),
    );
    write(
      'inner.template.json',
      template(
        { Mapping: mapping({ EventSourceArn: ref('Source'), FunctionName: ref('Inner') }), Inner: lambda() },
        { Parameters: { Source: { Type: 'String' } } },
      ),
    );
    write('makes.template.json', template({ Made: queue() }, { Outputs: { Out: { Value: arn('Made') } } }));
    const topology = readTopology([folder]);
    expect(edgesBetween(topology, 'Queue', 'Inner')).toHaveLength(1);
    expect(edgesBetween(topology, 'Made', 'Handler')).toHaveLength(1);
    expect(topology.graph.unknowns).toEqual([]);
  });

  it('says which nested stack is not there', () => {
    write(
      'One.template.json',
      template({ Away: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://example.com/x' } } }),
    );
    expect(readTopology([join(folder, 'One.template.json')]).graph.unknowns).toMatchObject([
      { resource: { logicalId: 'Away' }, property: 'TemplateURL' },
    ]);
  });

  it('refuses a stack that nests itself', () => {
    write(
      'One.template.json',
      template({ Again: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: './One.template.json' } } }),
    );
    expect(() => readTopology([join(folder, 'One.template.json')])).toThrow(/nests .*One\.template\.json, which is the stack it stands in/);
  });

  it('reads definitions of state machines that are deployed as assets', () => {
    const hash = 'b'.repeat(64);
    assembly({ One: stack('One.template.json'), 'One.assets': { type: 'cdk:asset-manifest', properties: { file: 'One.assets.json' } } });
    write('One.assets.json', { files: { [hash]: { source: { path: 'flow.json' } } } });
    write(
      'flow.json',
      sub(
        '{"StartAt":"Work","States":{"Work":{"Type":"Task","End":true,"Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"<handler>"}}}}',
      )['Fn::Sub'],
    );
    const Properties = {
      DefinitionS3Location: { Bucket: 'assets', Key: `${hash}.json` },
      DefinitionSubstitutions: { handler: arn('Handler') },
    };
    write('One.template.json', template({ Flow: { Type: 'AWS::StepFunctions::StateMachine', Properties }, Handler: lambda() }));
    expect(edgesBetween(readTopology([folder]), 'Flow', 'Handler')).toHaveLength(1);
  });

  it('tells construct paths from its own metadata when the template has none', () => {
    assembly({ One: stack('One.template.json', { additionalMetadataFile: 'One.metadata.json' }) });
    write('One.metadata.json', { '/One/Orders/Resource': [{ type: 'aws:cdk:logicalId', data: 'Queue' }] });
    write('One.template.json', template({ Queue: queue(), ...consumer(arn('Queue')) }));
    expect(readTopology([folder]).graph.nodes.get('One/Queue')!.resource!.constructPath).toBe('One/Orders/Resource');
  });
});

describe('several templates', () => {
  it('of the same name stay apart', () => {
    const one = write('one/app.template.json', template({ Queue: queue(), ...consumer(arn('Queue')) }));
    const two = write('two/app.template.json', template({ Queue: queue(), ...consumer(arn('Queue')) }));
    const { graph, model } = readTopology([one, two]);
    expect(model.stacks.map((each) => each.name)).toEqual(['app', 'app (2)']);
    expect(graph.edges.map((edge) => edge.from)).toEqual(['app (2)/Queue', 'app/Queue']);
  });
});

describe('what is not there or not readable', () => {
  const faultOf = (paths: readonly string[]) => {
    try {
      readTopology(paths);
    } catch (error) {
      return error as TemplateError;
    }
    throw new Error('expected a fault');
  };

  it('is told with the file and the reason', () => {
    expect(faultOf([join(folder, 'nowhere.json')])).toMatchObject({ file: join(folder, 'nowhere.json'), reason: 'no such file or folder' });
    expect(faultOf([folder]).reason).toMatch(/^no manifest\.json/);
    write('some.template.json', template({}));
    expect(faultOf([folder]).reason).toContain('some.template.json');
    write('manifest.json', '{');
    expect(faultOf([folder])).toMatchObject({ file: join(folder, 'manifest.json') });
    assembly({ One: stack('gone.template.json') });
    expect(faultOf([folder])).toMatchObject({ file: join(folder, 'gone.template.json'), reason: 'no such file' });
  });
});
