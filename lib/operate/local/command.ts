import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { UsageError, unknownCommand } from '../usage-error';
import type { Deployment, LocalEngine } from './contract';
import { deploy } from './deploy';
import { functionLogs } from './function-logs';
import { localUrl } from './local-url';
import { findProjectEngine, rememberEnvironments, startProjectEngine, stopProjectEngine } from './project';

export const LOCAL_HELP = `breakwater local: your own CDK app on this machine, without an AWS account

  breakwater local up [--port N]            start the local engine in the background
  breakwater local deploy [options]         deploy the CDK app of this folder to it
      -a, --app COMMAND                     the app, as in cdk.json (default: cdk.json's, after its build)
      -c, --context KEY=VALUE               context of the app, may be repeated
      -s, --stack NAME                      only this stack and those it needs, may be repeated
      --json                                print one JSON object
  breakwater local logs [FUNCTION]          logs of all functions, or of those with FUNCTION in their name
      -f, --follow                          go on as lines come, until Ctrl-C
  breakwater local down                     stop the engine; all that was deployed is gone

deploy and logs take --endpoint URL, or BREAKWATER_ENDPOINT, for an engine that was started otherwise.
The app needs no change. IAM is enforced: a missing grant fails here and not in production.
`;

const FOLLOW_INTERVAL_MS = 500;
const PORTS = [1, 65_535] as const;

const progress = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** `breakwater local …`. @returns the exit code. */
export async function local(args: readonly string[]): Promise<number> {
  const asksHelp = args.some((word) => word === '--help' || word === '-h');
  const [command, ...rest] = asksHelp ? [] : args;
  switch (command) {
    case 'up':
      return up(rest);
    case 'deploy':
      return deployProject(rest);
    case 'logs':
      return logs(rest);
    case 'down':
      return down(rest);
    case undefined:
    case 'help':
      process.stdout.write(LOCAL_HELP);
      return 0;
    default:
      throw unknownCommand('local', command, ['up', 'deploy', 'logs', 'down']);
  }
}

async function up(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } });
  const engine = await startProjectEngine(process.cwd(), portOf(values.port), progress);
  if (!engine.isNew) progress('it runs already');
  print(engine.endpoint);
  const { accessKeyId, secretAccessKey } = engine.clientConfig.credentials;
  progress(
    `for the AWS CLI and SDKs: AWS_ENDPOINT_URL=${engine.endpoint} AWS_REGION=${engine.region} AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
  );
  progress('next: `breakwater local deploy`');
  return 0;
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  const [lowest, highest] = PORTS;
  if (!(port >= lowest && port <= highest))
    throw new UsageError(`--port: must be a number from ${lowest} to ${highest}, got ${JSON.stringify(text)}.`);
  return port;
}

async function deployProject(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      app: { type: 'string', short: 'a' },
      context: { type: 'string', short: 'c', multiple: true },
      stack: { type: 'string', short: 's', multiple: true },
      endpoint: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const project = process.cwd();
  const context = contextOf(values.context ?? []);
  const { engine } = await findProjectEngine(project, values.endpoint, progress);
  const deployment = await deploy({ engine, app: values.app, workingDirectory: project, context, stacks: values.stack, progress });
  rememberEnvironments(project, engine, deployment.stacks);
  process.stdout.write(values.json ? `${JSON.stringify(asJson(engine, deployment), null, 2)}\n` : asText(engine, deployment));
  return 0;
}

function contextOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--context: must be KEY=VALUE, got ${JSON.stringify(pair)}.`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function asJson(engine: LocalEngine, deployment: Deployment): object {
  return {
    endpoint: engine.endpoint,
    stacks: deployment.stacks.map((stack) => ({
      ...stack,
      outputs: Object.fromEntries(Object.entries(stack.outputs).map(([name, value]) => [name, localUrl(engine, value)])),
    })),
    notRunLocally: deployment.notRunLocally,
  };
}

/** What a person reads after a deployment: outputs as this machine reaches them, and what is missing here. */
export function asText(engine: Pick<LocalEngine, 'endpoint'>, deployment: Deployment): string {
  const lines: string[] = [];
  for (const { stackName, outputs } of deployment.stacks) {
    const entries = Object.entries(outputs);
    const width = Math.max(0, ...entries.map(([name]) => name.length));
    lines.push(stackName, ...entries.map(([name, value]) => `  ${name.padEnd(width)}  ${localUrl(engine, value)}`));
    if (entries.length === 0) lines.push('  (no outputs)');
  }
  if (deployment.notRunLocally.length > 0) {
    lines.push('', 'not run locally (AWS runs these; the local engine refuses their types):');
    lines.push(...deployment.notRunLocally.map(({ stackName, logicalId, type }) => `  ${type}  ${stackName}/${logicalId}`));
  }
  return `${lines.join('\n')}\n`;
}

async function logs(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { follow: { type: 'boolean', short: 'f' }, endpoint: { type: 'string' } },
    allowPositionals: true,
  });
  if (positionals.length > 1) throw new UsageError(`local logs: takes one function name at most, got ${positionals.join(' ')}.`);
  const { engine, environments } = await findProjectEngine(process.cwd(), values.endpoint, progress);
  const reader = functionLogs(engine, environments, positionals[0]);
  do {
    const lines = await reader.next();
    for (const { time, functionName, message } of lines) print(`${new Date(time).toISOString().slice(11, 23)} ${functionName}  ${message}`);
    if (values.follow) await pause(FOLLOW_INTERVAL_MS);
    else if (lines.length === 0) progress('no log lines yet');
  } while (values.follow);
  return 0;
}

async function down(args: readonly string[]): Promise<number> {
  parseArgs({ args: [...args], options: {} });
  const endpoint = await stopProjectEngine(process.cwd());
  progress(endpoint === undefined ? 'no local engine runs for this folder' : `stopped the local engine at ${endpoint}`);
  return 0;
}
