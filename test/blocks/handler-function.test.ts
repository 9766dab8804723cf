import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, BundlingFileAccess, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { AlarmSet, Alarms, Deployment, Handler, HandlerFunction, type HandlerFunctionProps, ProvisionedConcurrency } from '../../lib';
import { builtHandlerFolder } from '../../lib/blocks/built-handler';
import { nagFindings } from '../support/cdk/nag';
import { permissionsOfRole } from '../support/cdk/policies';
import { inlineWorker, payments, shop } from '../support/cdk/stacks';

function thumbnails(props: Partial<HandlerFunctionProps> = {}) {
  const stack = shop();
  const made = new HandlerFunction(stack, 'Thumbnails', { handler: inlineWorker(), ...props });
  return { stack, made, template: () => Template.fromStack(stack) };
}

/** With an alarm to roll back on, as a gradual deployment needs it. */
function guarded(deployment: Deployment) {
  const { stack, made, template } = thumbnails({ deployment });
  const alarms = new AlarmSet(stack, 'Alarms');
  alarms.add('thumbnailErrors', { meaning: 'It fails.', metric: made.function.metricErrors(), threshold: 1 });
  made.rollBackOn(alarms, 'thumbnailErrors');
  return { stack, alarms, template };
}

/** A docker that runs the command of \`run\` on this machine, with the paths of the container put back into those that are mounted there. */
const DOCKER = `#!/usr/bin/env node
const [verb, ...args] = process.argv.slice(2);
if (verb === 'run') {
  const mounts = args.flatMap((arg, index) => (args[index - 1] === '-v' ? [arg.split(':')] : []));
  const command = mounts.reduce((text, [host, container]) => text.replaceAll(container, host), args.at(-1));
  const PATH = ${JSON.stringify(join(process.cwd(), 'node_modules/.bin'))} + ':' + process.env.PATH;
  const { status } = require('node:child_process').spawnSync('bash', ['-c', command], { env: { ...process.env, PATH }, stdio: 'inherit' });
  process.exitCode = status;
}
`;

/** The module itself: what an import binds is a copy that a spy would not reach. */
const childProcess = jest.requireActual<typeof import('node:child_process')>('node:child_process');

afterEach(() => jest.restoreAllMocks());

describe('a function', () => {
  test('runs on arm64 and a named Node.js, with explicit limits, JSON logs that expire, and tracing', () => {
    const { template } = thumbnails({ handler: inlineWorker({ timeout: Duration.seconds(7), memorySize: 512, environment: { A: 'b' } }) });
    template().hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Timeout: 7,
      MemorySize: 512,
      Environment: { Variables: { A: 'b', POWERTOOLS_SERVICE_NAME: 'Shop/Thumbnails' } },
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', LogGroup: { Ref: Match.stringLikeRegexp('^ThumbnailsLogs') } },
      TracingConfig: { Mode: 'Active' },
    });
    template().hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain', Properties: { RetentionInDays: 30 } });
  });

  test('has the disk that its handler asks for, within what Lambda has', () => {
    const withDisk = (ephemeralStorage: Size) => thumbnails({ handler: inlineWorker({ ephemeralStorage }) });
    withDisk(Size.gibibytes(10))
      .template()
      .hasResourceProperties('AWS::Lambda::Function', { EphemeralStorage: { Size: 10_240 } });
    for (const [size, given] of [
      [Size.mebibytes(511), '511'],
      [Size.gibibytes(11), '11264'],
    ] as const)
      expect(() => withDisk(size)).toThrow(`ephemeral storage of a function in MiB: allowed 512 to 10240, given ${given}`);
  });

  test('may write its own logs and traces, and has no finding of cdk-nag', () => {
    const { stack } = thumbnails();
    expect(permissionsOfRole(stack, 'ThumbnailsRole')).toEqual([
      'logs:CreateLogStream on ThumbnailsLogs',
      'logs:PutLogEvents on ThumbnailsLogs',
      'xray:PutTelemetryRecords on *',
      'xray:PutTraceSegments on *',
    ]);
    expect(nagFindings(stack)).toEqual([]);
  });

  test('is reached through its alias', () => {
    const { made, template } = thumbnails();
    expect(made.function).toBe(made.alias);
    template().hasResourceProperties('AWS::Lambda::Alias', { Name: 'live', ProvisionedConcurrencyConfig: Match.absent() });
    template().resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
  });

  test('passes its removal policy on and reserves concurrency', () => {
    const { template } = thumbnails({ handler: inlineWorker({ reservedConcurrency: 9 }), removalPolicy: RemovalPolicy.DESTROY });
    template().hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
    template().hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 9 });
  });

  test('runs in private subnets of a VPC', () => {
    const stack = shop();
    const vpc = new Vpc(stack, 'Vpc', { natGateways: 1 });
    new HandlerFunction(stack, 'Thumbnails', { handler: inlineWorker(), vpc });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: [{ Ref: Match.stringLikeRegexp('PrivateSubnet1') }, { Ref: Match.stringLikeRegexp('PrivateSubnet2') }] },
    });
    expect(permissionsOfRole(stack, 'ThumbnailsRole')).toContain('ec2:CreateNetworkInterface on *');
    expect(nagFindings(stack).filter((finding) => finding.includes('Thumbnails'))).toEqual([]);
  });
});

describe('provisioned concurrency', () => {
  test('is a number on the alias when fixed', () => {
    const { template } = thumbnails({ provisionedConcurrency: ProvisionedConcurrency.fixed(3) });
    template().hasResourceProperties('AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 3 } });
    template().resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
  });

  test('follows the load when autoscaled', () => {
    const { stack, template } = thumbnails({ provisionedConcurrency: ProvisionedConcurrency.autoscaled({ min: 2, max: 20 }) });
    template().hasResourceProperties('AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 } });
    template().hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2, MaxCapacity: 20 });
    template().hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 0.7,
        PredefinedMetricSpecification: { PredefinedMetricType: 'LambdaProvisionedConcurrencyUtilization' },
      },
    });
    expect(nagFindings(stack)).toEqual([]);
  });

  test.each([
    [ProvisionedConcurrency.fixed(0), /provisioned concurrency: allowed 1 to 100000, given 0/],
    [ProvisionedConcurrency.autoscaled({ min: 5, max: 4 }), /upper bound of provisioned concurrency: allowed 5 to 100000, given 4/],
    [ProvisionedConcurrency.autoscaled({ min: 1, max: 4, utilization: 1 }), /target utilization.*allowed 0.1 to 0.9, given 1\./],
  ])('%# out of range is refused', (provisionedConcurrency, message) => {
    expect(() => thumbnails({ provisionedConcurrency })).toThrow(message);
  });

  test('beyond the reserved concurrency is refused', () => {
    const handler = inlineWorker({ reservedConcurrency: 5 });
    expect(() => thumbnails({ handler, provisionedConcurrency: ProvisionedConcurrency.fixed(6) })).toThrow(/allowed 1 to 5, given 6/);
  });
});

describe('a gradual deployment', () => {
  test.each([
    [Deployment.canary(), 'TimeBasedCanary', { CanaryPercentage: 10, CanaryInterval: 5 }],
    [Deployment.linear({ percentage: 25, interval: Duration.minutes(3) }), 'TimeBasedLinear', { LinearPercentage: 25, LinearInterval: 3 }],
  ])('%# shifts the alias in steps and rolls back on the alarm', (deployment, type, shift) => {
    const { stack, template } = guarded(deployment);
    template().hasResourceProperties('AWS::CodeDeploy::DeploymentConfig', {
      ComputePlatform: 'Lambda',
      TrafficRoutingConfig: { Type: type, [type]: shift },
    });
    template().hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: Match.stringLikeRegexp('^Alarmsthumbnail') } }] },
      AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(['DEPLOYMENT_STOP_ON_ALARM']) },
    });
    template().hasResource('AWS::Lambda::Alias', { UpdatePolicy: { CodeDeployLambdaAliasUpdate: Match.anyValue() } });
    expect(nagFindings(stack)).toEqual([]);
  });

  test('keeps its alarm from being removed', () => {
    const { alarms } = guarded(Deployment.canary());
    expect(() => alarms.remove('thumbnailErrors')).toThrow(
      /^\[Shop\/Alarms\] the alarm 'thumbnailErrors' can't be removed, because Shop\/Thumbnails rolls back on it: allowed override\(\)/,
    );
  });

  test('without an alarm to roll back on is refused at synth', () => {
    const { template } = thumbnails({ deployment: Deployment.canary() });
    expect(template).toThrow(/\[Shop\/Thumbnails\] a gradual deployment needs an alarm to roll back on/);
  });

  test('with Alarms.none() is refused', () => {
    const { stack, made } = thumbnails({ deployment: Deployment.canary() });
    const alarms = new AlarmSet(stack, 'Alarms', { alarms: Alarms.none() });
    expect(() => made.rollBackOn(alarms, 'any')).toThrow(/needs an alarm to roll back on: .*given Alarms.none\(\)/);
  });

  test.each([
    [Deployment.canary({ percentage: 100 }), /percentage of a traffic shift: allowed 1 to 99, given 100/],
    [Deployment.linear({ interval: Duration.seconds(90) }), /interval of a traffic shift: allowed whole minutes, 1 to 2880, given 90 s/],
    [Deployment.linear({ interval: Duration.days(3) }), /interval of a traffic shift.*given 259200 s/],
  ])('%# out of range is refused', (deployment, message) => {
    expect(() => thumbnails({ deployment })).toThrow(message);
  });
});

describe('an entry', () => {
  test("is bundled by the project's esbuild: names kept, SDK inside, map beside it", () => {
    const spawn = jest.spyOn(childProcess, 'spawnSync');
    const app = new App();
    const stack = new Stack(app, 'Shop');
    new HandlerFunction(stack, 'Record', {
      handler: Handler.fromEntry('test/support/cdk/failing-entry.ts', { environment: { LEDGER: 'ledger' } }),
    });
    expect(spawn).toHaveBeenCalled();
    const assembly = app.synth();
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Environment: { Variables: { LEDGER: 'ledger', NODE_OPTIONS: '--enable-source-maps' } },
    });
    const asset = readdirSync(assembly.directory).find((name) => name.startsWith('asset.'))!;
    expect(readdirSync(join(assembly.directory, asset)).sort()).toEqual(['index.js', 'index.js.map', 'node_modules']);
    expect(readdirSync(join(assembly.directory, asset, 'node_modules', 'cdk-breakwater', 'lazy')).sort()).toEqual([
      'client-s3.js',
      'client-secrets-manager.js',
      'client-sesv2.js',
      'client-sns.js',
      'tracer.js',
    ]);
    const code = readFileSync(join(assembly.directory, asset, 'index.js'), 'utf8');
    expect(code).toContain('"LedgerRefused"');
    expect(code).toContain('module.exports');
  }, 30_000);

  test('finds the modules it loads later also when it is bundled in Docker', () => {
    const folder = mkdtempSync(join(tmpdir(), 'breakwater-docker-'));
    const docker = process.env.CDK_DOCKER;
    process.env.CDK_DOCKER = join(folder, 'docker');
    writeFileSync(process.env.CDK_DOCKER, DOCKER, { mode: 0o755 });
    try {
      const app = new App();
      const bundling = { forceDockerBundling: true };
      const handler = Handler.fromEntry('test/support/cdk/failing-entry.ts', { bundling });
      new HandlerFunction(new Stack(app, 'Shop'), 'Record', { handler });
      const { directory } = app.synth();
      const asset = join(directory, readdirSync(directory).find((name) => name.startsWith('asset.'))!);
      expect(readFileSync(join(asset, 'index.js'), 'utf8')).toContain('"LedgerRefused"');
      expect(readdirSync(join(asset, 'node_modules', 'cdk-breakwater', 'lazy')).sort()).toContain('client-s3.js');
    } finally {
      process.env.CDK_DOCKER = docker;
      if (docker === undefined) delete process.env.CDK_DOCKER;
      rmSync(folder, { recursive: true, force: true });
    }
  }, 30_000);

  test('is refused when Docker would not see the modules', () => {
    const bundling = { forceDockerBundling: true, bundlingFileAccess: BundlingFileAccess.VOLUME_COPY };
    expect(() => thumbnails({ handler: Handler.fromEntry('src/record.ts', { bundling }) })).toThrow(
      /^\[Shop\/Thumbnails\] bundling src\/record.ts in Docker mounts.*allowed BundlingFileAccess.BIND_MOUNT, given VOLUME_COPY/,
    );
  });

  test('says that esbuild is missing before Docker is tried', () => {
    jest.isolateModules(() => {
      jest.doMock('node:module', () => ({
        createRequire: () => ({
          resolve: () => {
            throw new Error('Cannot find module');
          },
        }),
      }));
      const isolated = require('../../lib') as typeof import('../../lib');
      const stack = shop();
      expect(() => new isolated.HandlerFunction(stack, 'Record', { handler: isolated.Handler.fromEntry('src/record.ts') })).toThrow(
        /\[Shop\/Record\] bundling src\/record.ts needs esbuild: .*fall back to Docker. Run 'npm install --save-dev esbuild'/,
      );
    });
    jest.dontMock('node:module');
  });
});

describe('a handler that is bundled with the package', () => {
  test('says what to do when it was not built', () => {
    expect(() => builtHandlerFolder('no-such-handler')).toThrow(
      /the handler 'no-such-handler' is missing from .*dist.handlers.no-such-handler: .*Run 'npm run build'/,
    );
  });

  test('is found in the package', () => {
    expect(readdirSync(builtHandlerFolder('webhook-ingestion-receive'))).toContain('index.js');
  });

  test('is packaged as it is: no bundler runs', () => {
    const stack = shop();
    const spawn = jest.spyOn(childProcess, 'spawnSync');
    payments(stack);
    const { directory } = (stack.node.root as App).synth();
    expect(spawn).not.toHaveBeenCalled();
    const packaged = readdirSync(directory)
      .filter((name) => name.startsWith('asset.') && existsSync(join(directory, name, 'index.js')))
      .map((name) => sha256(join(directory, name, 'index.js')));
    expect(packaged).toContain(sha256(join(builtHandlerFolder('webhook-ingestion-receive'), 'index.js')));
  });
});

/** Not the files themselves: to show in what two bundles differ would take minutes. */
const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
