import { CloudFormationClient, type CloudFormationClientConfig, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { showable } from '../../markup/showable';
import type { Progress } from '../local/contract';
import { targetOf } from '../local/engine-request';
import { findProjectEngine } from '../local/project';
import { nearestWord } from '../usage-error';
import { explained } from './aws-faults';

/** AWS as the environment says, or the local engine. */
export interface Where {
  readonly isLocal: boolean;
  /** Of a local engine that isn't this folder's own. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

/** How AWS is reached: what every SDK client takes. Empty for what the environment says. */
export type Access = Pick<CloudFormationClientConfig, 'endpoint' | 'region' | 'credentials'>;

export interface Narrowed {
  /** Name of a stack. */
  readonly stack?: string;
  /** Path of a construct, or a part of it that ends where a name ends. */
  readonly path?: string;
}

/** A kind of construct that tells by an output of its stack where it is. */
export interface Kind {
  readonly one: string;
  readonly several: string;
  /** How the output's description begins; the construct's path follows. */
  readonly description: string;
  /** Why there may be none. */
  readonly absent: string;
}

/** A construct that is deployed. */
export interface Deployed {
  readonly stack: string;
  /** Path of its construct. */
  readonly path: string;
  /** Value of the output. */
  readonly value: string;
  readonly region: string;
  readonly access: Access;
}

/** Constructs of a kind there. @throws when there is none, with where to look */
export async function deployedAt(where: Where, kind: Kind, narrowed: Narrowed, progress: Progress): Promise<readonly Deployed[]> {
  const { isLocal, region } = where;
  const places = isLocal ? await localPlaces(where.endpoint, progress) : [region === undefined ? {} : { region }];
  const find = async (narrow: Narrowed) => (await Promise.all(places.map((place) => findDeployed(place, kind, narrow)))).flat();
  const found = await find(narrowed);
  if (found.length > 0) return found;
  const { path, ...wider } = narrowed;
  throw new Error(nothingFound(kind, narrowed, isLocal, path === undefined ? [] : await find(wider)));
}

/**
 * Constructs of a kind by the outputs of the stacks in one account and Region. Needs `cloudformation:DescribeStacks`: on the named stack, or on all.
 * @throws when the stacks can't be read
 */
export async function findDeployed(access: Access, kind: Kind, narrowed: Narrowed): Promise<readonly Deployed[]> {
  const client = new CloudFormationClient(access);
  const found: Deployed[] = [];
  try {
    const region = await client.config.region();
    const pages = paginateDescribeStacks({ client }, narrowed.stack === undefined ? {} : { StackName: narrowed.stack });
    for await (const { Stacks: stacks = [] } of pages)
      for (const { StackName: stack = '', Outputs: outputs = [] } of stacks)
        for (const { Description: description = '', OutputValue: value } of outputs)
          if (value !== undefined && description.startsWith(kind.description))
            found.push({ stack, path: showable(description.slice(kind.description.length)), value, region, access });
  } catch (error) {
    throw explained(error, {
      doing: `looking for ${kind.several}${narrowed.stack === undefined ? '' : ` in stack ${narrowed.stack}`}`,
      thing: 'stack',
      permission: `cloudformation:DescribeStacks on ${narrowed.stack === undefined ? 'all stacks (or name one with --stack)' : narrowed.stack}`,
    });
  } finally {
    client.destroy();
  }
  const { path: wanted } = narrowed;
  return wanted === undefined ? found : found.filter(({ path }) => `/${path}/`.includes(`/${wanted}/`));
}

/** Each account and Region that stacks of this folder were deployed to. */
async function localPlaces(endpoint: string | undefined, progress: Progress): Promise<readonly Access[]> {
  const { engine, environments } = await findProjectEngine(process.cwd(), endpoint, progress);
  const targets = environments.length === 0 ? [targetOf(engine)] : environments.map((environment) => targetOf(engine, environment));
  return targets.map(({ endpoint: url, region, accessKeyId, secretAccessKey }) => ({
    endpoint: url,
    region,
    credentials: { accessKeyId, secretAccessKey },
  }));
}

function nothingFound({ one, absent }: Kind, { stack, path: wanted }: Narrowed, isLocal: boolean, others: readonly Deployed[]): string {
  const where = stack === undefined ? '' : ` in stack ${stack}`;
  if (wanted !== undefined && others.length > 0) {
    const paths = others.map(({ path }) => path);
    const near = nearestWord(wanted, paths);
    return showable(`no ${one} ${wanted}${where}${near === undefined ? '' : `; did you mean ${near}?`} There are: ${paths.join(', ')}.`);
  }
  const looked = isLocal
    ? 'is anything deployed to the local engine (`breakwater local deploy`)?'
    : 'is it the right account and Region (AWS_PROFILE, AWS_REGION, --region), or on the local engine (--local)?';
  return `no ${one}${where}: ${looked} ${absent}`;
}
