/** The local engine and what is deployed to it, as storms and the command line see them. */

/** Lines for a person: written to standard error, never to standard output, which belongs to `--json`. */
export type Progress = (line: string) => void;

export interface LocalEngine {
  /** For example `http://127.0.0.1:4612`. */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly accountId: string;
  /** Process id of the engine; undefined when an endpoint that was already running is used. */
  readonly pid?: number;
  /** Client configuration for an AWS SDK client: endpoint, region, credentials. */
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Where the engine's own output goes. */
  readonly logFile?: string;
  /** Stops it: SIGTERM, five seconds (three minutes when it has state to save), SIGKILL, its function processes too. Does nothing to an endpoint that was already running. Idempotent. */
  stop(): Promise<void>;
}

export interface LocalEngineOptions {
  /** An engine that already runs; nothing is installed or started. @default BREAKWATER_ENDPOINT */
  readonly endpoint?: string;
  /** @default a free port */
  readonly port?: number;
  /** Enforce IAM. @default true */
  readonly enforceIam?: boolean;
  /** Added to the engine's environment; every function process inherits it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder in which state survives a restart. @default nothing survives */
  readonly stateDirectory?: string;
  /** Access key, which is also the account when it has twelve digits. @default 'test', account 000000000000 */
  readonly accountId?: string;
  /** The engine goes on after this process: whoever starts it so must stop it. @default false, it ends with this process, however that ends */
  readonly background?: boolean;
  readonly progress: Progress;
}

export interface DeployOptions {
  readonly engine: LocalEngine;
  /** Command that synthesises the app, for example `node dist/bin/app.js`. @default `app` of cdk.json */
  readonly app?: string;
  readonly workingDirectory: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Stacks by name or pattern, with those they depend on. @default all */
  readonly stacks?: readonly string[];
  readonly progress: Progress;
}

export interface DeployedStack {
  readonly stackName: string;
  readonly account: string;
  readonly region: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Deployment {
  readonly stacks: readonly DeployedStack[];
  /** Resources the engine refuses, taken out of the assembly on its way: AWS runs them, the laptop does not. */
  readonly notRunLocally: ReadonlyArray<{ readonly stackName: string; readonly logicalId: string; readonly type: string }>;
}

/** URL under which this machine reaches an API that is deployed to the engine: `…execute-api.localhost` does not resolve in Node. */
export type LocalUrl = (engine: LocalEngine, outputUrl: string) => string;
