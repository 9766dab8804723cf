import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StackSelector } from '@aws-cdk/toolkit-lib';
import { reduceAssembly, resourcesOf, typesOf } from './assembly-reduction';
import { bootstrap } from './bootstrap';
import { readStacks } from './cloud-assembly';
import type { DeployedStack, Deployment, DeployOptions, LocalEngine } from './contract';
import { projectFile, withoutAwsSettings } from './engine-environment';
import { targetOf } from './engine-request';
import { nativeParts, noteOnLayers } from './native-parts';
import { refusedTypes } from './refused-types';
import { loadToolkit, type Toolkit, toolkitMessages } from './toolkit';

/**
 * Synthesises a CDK app as it is and deploys its stacks to the local engine with the CDK's own toolkit. The assembly goes to a temporary folder and
 * answers to context lookups are not kept: nothing is written into the app's folder. Again on the same engine, it updates.
 * @throws with what the app or CloudFormation said, when synthesis or deployment fails; when @aws-cdk/toolkit-lib is missing; when a resource needs
 * another one that the engine doesn't run.
 */
export function deploy(options: DeployOptions): Promise<Deployment> {
  const turn = lastDeployment.then(() => withEnvironmentOf(options.engine, () => synthesiseAndDeploy(options)));
  lastDeployment = turn.catch(() => {});
  return turn;
}

/** The toolkit finds the engine by `process.env`, of which there is one: deployments of a process take turns. */
let lastDeployment: Promise<unknown> = Promise.resolve();

async function synthesiseAndDeploy(options: DeployOptions): Promise<Deployment> {
  const { engine, progress } = options;
  const library = await loadToolkit();
  const messages = toolkitMessages(progress);
  const toolkit = new library.Toolkit({ ioHost: messages.host, color: false, emojis: false });
  // Stacks may name accounts of their own: on the engine, an account is its own access key.
  toolkit.pluginHost.registerCredentialProviderSource({
    name: 'local engine',
    isAvailable: async () => true,
    canProvideCredentials: async (account) => /^\d{12}$/.test(account),
    getProvider: async (account) => ({ accessKeyId: account, secretAccessKey: engine.clientConfig.credentials.secretAccessKey }),
  });
  const assembly = await mkdtemp(path.join(tmpdir(), 'breakwater-assembly-'));
  try {
    await explained(messages, 'synthesis failed', () => synthesise(library, toolkit, options, assembly));
    const selector: StackSelector = options.stacks?.length
      ? {
          strategy: library.StackSelectionStrategy.PATTERN_MUST_MATCH,
          patterns: [...options.stacks],
          expand: library.ExpandStackSelection.UPSTREAM,
        }
      : { strategy: library.StackSelectionStrategy.ALL_STACKS };
    const details = await explained(messages, 'synthesis failed', async () =>
      toolkit.list(await toolkit.fromAssemblyDirectory(assembly), { stacks: selector }),
    );
    const selected = new Set(details.map(({ name }) => name));
    const stacks = readStacks(assembly, { account: engine.accountId, region: engine.region }).filter(({ stackName }) =>
      selected.has(stackName),
    );
    const resources = resourcesOf(stacks);
    const note = noteOnLayers(resources, nativeParts(projectFile()));
    if (note !== undefined) progress(note);
    const notRunLocally = reduceAssembly(stacks, await refusedTypes(targetOf(engine), typesOf(resources)));
    await bootstrap(engine, stacks);
    const started = performance.now();
    progress(`deploying ${stacks.map((stack) => stack.stackName).join(', ')}`);
    const result = await explained(messages, 'deployment to the local engine failed', async () =>
      toolkit.deploy(await toolkit.fromAssemblyDirectory(assembly), {
        stacks: selector,
        stackEventPollingInterval: 200,
      }),
    );
    progress(`deployed in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    const environments = new Map(stacks.map((stack) => [stack.stackName, stack.environment]));
    const deployed = result.stacks.map(({ stackName, outputs, environment }): DeployedStack => {
      const { account, region } = environments.get(stackName) ?? environment;
      return { stackName, account, region, outputs };
    });
    return { stacks: deployed, notRunLocally };
  } finally {
    await rm(assembly, { recursive: true, force: true });
  }
}

async function synthesise(
  library: Awaited<ReturnType<typeof loadToolkit>>,
  toolkit: Toolkit,
  options: DeployOptions,
  outdir: string,
): Promise<void> {
  const { workingDirectory, progress } = options;
  const settings = readSettings(workingDirectory);
  const app = options.app ?? settings.app;
  if (app === undefined) {
    throw new Error(
      `${workingDirectory} has no cdk.json with an "app": run this in the folder of a CDK app, or name the command: --app "node bin/app.js".`,
    );
  }
  const built = path.resolve(workingDirectory, app);
  if (existsSync(built) && statSync(built).isDirectory()) {
    await cp(built, outdir, { recursive: true });
    return;
  }
  // As the cdk command does; whoever names the app's command says with it that it is ready to run.
  if (options.app === undefined && settings.build !== undefined) {
    progress(`building: ${settings.build}`);
    await runInShell(settings.build, workingDirectory);
  }
  const started = performance.now();
  progress(`synthesising: ${app}`);
  const context = await new library.CdkAppMultiContext(workingDirectory, { ...options.context }).read();
  const source = await toolkit.fromCdkApp(app, {
    workingDirectory,
    outdir,
    contextStore: new library.MemoryContext(context),
    // Validation by the framework takes seconds and is `cdk synth`'s business; here the engine's answer counts.
    synthOptions: { versionReporting: false, validation: false },
  });
  const assembly = await toolkit.synth(source);
  await assembly.dispose();
  progress(`synthesised in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function readSettings(workingDirectory: string): { readonly app?: string; readonly build?: string } {
  const file = path.join(workingDirectory, 'cdk.json');
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { readonly app?: string; readonly build?: string };
  } catch (error) {
    throw new Error(`${file} is not valid JSON: ${(error as Error).message}`);
  }
}

function runInShell(command: string, cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { cwd, shell: true, stdio: ['ignore', 2, 2] });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`the build command of cdk.json, ${command}, ended with exit code ${code}.`)),
    );
  });
}

async function explained<Result>(messages: { lastLines(): string }, what: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    const message = (error as Error).message.replace(/^\P{ASCII}+\s*/u, '');
    const said = messages.lastLines();
    throw new Error(`${what}: ${message}${said === '' || message.includes(said) ? '' : `\n${said}`}`, { cause: error });
  }
}

/** No setting of the shell may lead a deployment to a real account: everything of AWS is taken away and only the engine is left. */
async function withEnvironmentOf<Result>(engine: LocalEngine, action: () => Promise<Result>): Promise<Result> {
  const before = { ...process.env };
  const { accessKeyId, secretAccessKey } = engine.clientConfig.credentials;
  const during = {
    ...withoutAwsSettings(process.env),
    AWS_ENDPOINT_URL: engine.endpoint,
    AWS_ENDPOINT_URL_S3: engine.endpoint,
    AWS_REGION: engine.region,
    AWS_DEFAULT_REGION: engine.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  setEnvironment(during);
  try {
    return await action();
  } finally {
    setEnvironment(before);
  }
}

function setEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
}
