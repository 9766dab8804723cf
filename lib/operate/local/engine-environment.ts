import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { LocalEngineOptions } from './contract';
import { nativeParts } from './native-parts';
import { MODULES_FOLDER, TEMPORARY_FOLDER } from './run-directory';

/** What the engine takes for the root of an account: the account itself, or `test` for 000000000000. */
export const DEFAULT_ACCESS_KEY = 'test';
export const SECRET_ACCESS_KEY = 'test';
export const DEFAULT_ACCOUNT = '000000000000';
export const DEFAULT_REGION = 'us-east-1';

export interface EngineEnvironment {
  readonly port: number;
  /** Comes back in the engine's health answer and tells it from any other that happens to listen there. */
  readonly identity: string;
  readonly runDirectory: string;
  readonly options: LocalEngineOptions;
}

/** `environment` without what could lead an AWS client to a real account or to another endpoint. */
export function withoutAwsSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(AWS_(?!SDK_JS_)|AMAZON_)/.test(name)));
}

export function engineEnvironment({ port, identity, runDirectory, options }: EngineEnvironment): NodeJS.ProcessEnv {
  const temporary = path.join(runDirectory, TEMPORARY_FOLDER);
  mkdirSync(temporary, { recursive: true });
  return {
    ...withoutAwsSettings(process.env),
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    AUTH: String(options.enforceIam ?? true),
    AWS_ACCESS_KEY_ID: DEFAULT_ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
    MINISTACK_REGION: DEFAULT_REGION,
    MINISTACK_EDITION: identity,
    // Listeners on fixed ports that a second engine would collide on.
    SFTP_ENABLED: '0',
    IOT_MTLS_ENABLED: '0',
    TMPDIR: temporary,
    NODE_PATH: runtimeModules(runDirectory),
    PYTHONUNBUFFERED: '1',
    // Functions run on this machine's Node, whatever their runtime: what the SDK says about its age would fill their logs.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...(options.stateDirectory === undefined ? {} : stateEnvironment(path.resolve(options.stateDirectory))),
    ...options.environment,
  };
}

function stateEnvironment(directory: string): NodeJS.ProcessEnv {
  return {
    PERSIST_STATE: '1',
    STATE_DIR: path.join(directory, 'services'),
    S3_PERSIST: '1',
    S3_DATA_DIR: path.join(directory, 's3'),
  };
}

/**
 * A folder with the AWS SDK and the native parts of this machine alone: the SDK is what Lambda's Node runtimes bring, a native part does nothing without its package, and
 * a function that forgot any other package must fail here too.
 */
function runtimeModules(runDirectory: string): string {
  const folder = path.join(runDirectory, MODULES_FOLDER);
  mkdirSync(folder, { recursive: true });
  const parts = nativeParts(projectFile()).map(({ name, folder: source }) => [name, source] as const);
  for (const [name, source] of [...sdkScopes(), ...parts]) {
    const link = path.join(folder, name);
    mkdirSync(path.dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(source, link, 'dir');
  }
  return folder;
}

function sdkScopes(): ReadonlyArray<readonly [string, string]> {
  for (const from of [projectFile(), __filename]) {
    try {
      const client = createRequire(from).resolve('@aws-sdk/client-s3/package.json');
      const sdk = path.dirname(path.dirname(client));
      const smithy = path.join(path.dirname(sdk), '@smithy');
      return [['@aws-sdk', sdk] as const, ['@smithy', smithy] as const].filter(([, source]) => existsSync(source));
    } catch {
      // Not installed there: the next.
    }
  }
  return [];
}

/** Names the folder whose packages count; need not be there. */
export function projectFile(): string {
  return path.join(process.cwd(), 'package.json');
}
