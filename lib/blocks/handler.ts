import { createRequire } from 'node:module';
import { join, posix } from 'node:path';
import { AssetStaging, BundlingFileAccess, Duration, type Size } from 'aws-cdk-lib';
import {
  Architecture,
  Code,
  type FunctionOptions,
  type IFunction,
  type ILayerVersion,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, type ICommandHooks, LogLevel, NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { builtHandlerFolder, copyLazyModules, LAZY_MODULES, lazyModulesFolder } from './built-handler';
import { refuse } from './rule';

/** What a handler brings to the function that runs it. */
export interface HandlerOptions {
  /**
   * Environment of the function. Never secrets: read them from Secrets Manager at run time.
   *
   * @default - only what the construct itself sets
   */
  readonly environment?: { [name: string]: string };
  /**
   * Time after which Lambda ends a run, 1 second to 15 minutes. The queue's visibility is computed from it.
   *
   * @default Duration.seconds(30)
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
   */
  readonly timeout?: Duration;
  /**
   * Memory in MiB, 128 to 10240. It buys CPU as well; 1769 MiB are one full core.
   *
   * @default 1024
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
   */
  readonly memorySize?: number;
  /**
   * Disk below `/tmp`, whole MiB, 512 MiB to 10 GiB.
   *
   * @default Size.mebibytes(512)
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
   */
  readonly ephemeralStorage?: Size;
  /**
   * Concurrency taken out of the account's and kept for this function alone. Not below the `maxConcurrency` of a queue in front of it.
   *
   * @default - none reserved
   */
  readonly reservedConcurrency?: number;
}

/** Options of a handler that is bundled from its source at synth. */
export interface EntryHandlerOptions extends HandlerOptions {
  /**
   * Name of the exported handler.
   *
   * @default 'handler'
   */
  readonly exportName?: string;
  /**
   * Changes to how esbuild bundles the entry; named fields replace ours.
   *
   * @default - CommonJS, minified with names kept, SDK inside, source map beside it
   */
  readonly bundling?: BundlingOptions;
  /**
   * Lock file of the project the entry belongs to.
   *
   * @default - the first one above the working directory
   */
  readonly depsLockFilePath?: string;
  /**
   * Root of the project the entry belongs to.
   *
   * @default - the folder of the lock file
   */
  readonly projectRoot?: string;
}

/** What is known of a function that was made elsewhere. */
export interface GivenFunctionOptions {
  /**
   * Timeout of the function; needed only for an imported one, whose timeout the CDK doesn't know.
   *
   * @default - the timeout of the function, if it was made in this app
   */
  readonly timeout?: Duration;
}

/**
 * The code that a pattern runs: bundled from a file, given as code, or a function that exists already.
 */
export class Handler {
  /**
   * A TypeScript or JavaScript file, bundled by the project's own esbuild at synth.
   *
   * @param path path of the file, relative to the working directory
   * @throws at synth when esbuild is not installed, or Docker is forced whose daemon does not see this machine's files
   */
  public static fromEntry(path: string, options: EntryHandlerOptions = {}): Handler {
    return new Handler(options, (scope, id, settings) => {
      requireEsbuild(scope, path, options.bundling);
      refuseRemoteDocker(scope, path, options.bundling);
      const { NODE_OPTIONS, ...environment } = settings.environment ?? {};
      return new NodejsFunction(scope, id, {
        ...settings,
        // Stack traces that name the user's own lines are worth more at night than the milliseconds.
        environment: { ...environment, NODE_OPTIONS: NODE_OPTIONS ?? '--enable-source-maps' },
        runtime: RUNTIME,
        entry: path,
        handler: options.exportName,
        depsLockFilePath: options.depsLockFilePath,
        projectRoot: options.projectRoot,
        bundling: {
          minify: true,
          // The class names of errors are read by people: they are what a parked message says.
          keepNames: true,
          mainFields: ['module', 'main'],
          bundleAwsSDK: true,
          sourceMap: true,
          sourcesContent: false,
          logLevel: LogLevel.WARNING,
          ...options.bundling,
          externalModules: [...(options.bundling?.externalModules ?? []), LAZY_MODULES],
          commandHooks: withLazyModules(options.bundling?.commandHooks),
          volumes: [...(options.bundling?.volumes ?? []), { hostPath: lazyModulesFolder(), containerPath: LAZY_MODULES_IN_DOCKER }],
        },
      });
    });
  }

  /** Code in the form Lambda takes, for example `Code.fromAsset('dist/worker')` with `'index.handler'`, for Node.js. */
  public static fromCode(code: Code, handler: string, options: HandlerOptions = {}): Handler {
    return new Handler(options, (scope, id, settings) => new LambdaFunction(scope, id, { ...settings, runtime: RUNTIME, code, handler }));
  }

  /**
   * A function that exists already. Its settings stay its own; only grants and, if it was made in this app, environment are added.
   *
   * Traffic shifts, provisioned concurrency and VPC can't be set on it.
   */
  public static fromFunction(handler: IFunction, options: GivenFunctionOptions = {}): Handler {
    return new Handler(options, undefined, handler);
  }

  /** @internal */
  public static _built(name: string, options: HandlerOptions, layers?: ILayerVersion[]): Handler {
    const code = Code.fromAsset(builtHandlerFolder(name));
    return new Handler(
      options,
      (scope, id, settings) => new LambdaFunction(scope, id, { ...settings, layers, runtime: RUNTIME, code, handler: 'index.handler' }),
    );
  }

  /** @internal */
  public readonly _options: HandlerOptions;
  /** @internal */
  public readonly _given?: IFunction;
  /** @internal */
  public readonly _create?: CreateFunction;

  private constructor(options: HandlerOptions, create?: CreateFunction, given?: IFunction) {
    this._options = options;
    this._create = create;
    this._given = given;
  }
}

type CreateFunction = (scope: Construct, id: string, settings: FunctionOptions) => LambdaFunction;

// Named, not "latest": a newer CDK must not change the runtime of a function that nobody touched.
export const RUNTIME = Runtime.NODEJS_24_X;
export const ARCHITECTURE = Architecture.ARM_64;
export const DEFAULT_TIMEOUT = Duration.seconds(30);
export const DEFAULT_MEMORY_MIB = 1024;

/** Named hooks of the user go on beside ours: without the copy the worker could not fetch a claimed body. */
function withLazyModules(hooks: ICommandHooks | undefined): ICommandHooks {
  return {
    beforeBundling: (input, output) => hooks?.beforeBundling(input, output) ?? [],
    beforeInstall: (input, output) => hooks?.beforeInstall(input, output) ?? [],
    afterBundling: (input, output) => {
      const inDocker = input === AssetStaging.BUNDLING_INPUT_DIR;
      const copy = inDocker ? copyLazyModules(LAZY_MODULES_IN_DOCKER, output, posix.join) : copyLazyModules(lazyModulesFolder(), output);
      return [copy, ...(hooks?.afterBundling(input, output) ?? [])];
    },
  };
}

const LAZY_MODULES_IN_DOCKER = '/breakwater-lazy-modules';

/** A daemon elsewhere does not see the folder of this machine, and would mount an empty one without a word. */
function refuseRemoteDocker(scope: Construct, path: string, bundling: BundlingOptions | undefined) {
  if (!bundling?.forceDockerBundling || bundling.bundlingFileAccess !== BundlingFileAccess.VOLUME_COPY) return;
  refuse(scope, {
    rule: `bundling ${path} in Docker mounts modules of cdk-breakwater from this machine`,
    allowed: 'BundlingFileAccess.BIND_MOUNT',
    given: 'VOLUME_COPY',
    remedy: 'Leave forceDockerBundling out, or bundle yourself and give Handler.fromCode.',
  });
}

function requireEsbuild(scope: Construct, path: string, bundling: BundlingOptions | undefined) {
  if (bundling?.forceDockerBundling) return;
  for (const start of [join(process.cwd(), 'package.json'), __filename]) {
    try {
      createRequire(start).resolve('esbuild');
      return;
    } catch {
      // Looked for in the next place.
    }
  }
  refuse(scope, {
    rule: `bundling ${path} needs esbuild`,
    allowed: 'esbuild installed in the project',
    given: 'none found, and the CDK would fall back to Docker',
    remedy: "Run 'npm install --save-dev esbuild', or bundle yourself and give Handler.fromCode.",
  });
}
