import { showable } from '../../markup/showable';
import type { Progress } from '../local/contract';
import { targetOf } from '../local/engine-request';
import { findProjectEngine } from '../local/project';
import { nearestWord } from '../usage-error';
import { type Access, type Desk, findDesks, type Narrowed } from './desks';

/** AWS as the environment says, or the local engine. */
export interface Where {
  readonly isLocal: boolean;
  /** Of a local engine that isn't this folder's own. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

/** Desks there. @throws when there is none, with where to look */
export async function desksOf(where: Where, narrowed: Narrowed, progress: Progress): Promise<readonly Desk[]> {
  const { isLocal, region } = where;
  const places = isLocal ? await localPlaces(where.endpoint, progress) : [region === undefined ? {} : { region }];
  const find = async (narrow: Narrowed): Promise<Desk[]> => (await Promise.all(places.map((place) => findDesks(place, narrow)))).flat();
  const desks = await find(narrowed);
  if (desks.length > 0) return desks;
  const { desk, ...wider } = narrowed;
  throw new Error(nothingFound(narrowed, isLocal, desk === undefined ? [] : await find(wider)));
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

function nothingFound({ stack, desk }: Narrowed, isLocal: boolean, others: readonly Desk[]): string {
  const where = stack === undefined ? '' : ` in stack ${stack}`;
  if (desk !== undefined && others.length > 0) {
    const paths = others.map(({ path }) => path);
    const near = nearestWord(desk, paths);
    return showable(
      `no parking desk ${desk}${where}${near === undefined ? '' : `; did you mean ${near}?`} There are: ${paths.join(', ')}.`,
    );
  }
  const looked = isLocal
    ? 'is anything deployed to the local engine (`breakwater local deploy`)?'
    : 'is it the right account and Region (AWS_PROFILE, AWS_REGION, --region), or on the local engine (--local)?';
  return `no parking desk${where}: ${looked} Was the stack deployed since its patterns have a desk, and without \`ParkingLot.queueOnly()\`? A desk is a stack output whose description begins with "Parking desk of".`;
}
