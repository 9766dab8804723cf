import { NIGHT_OUTPUT_DESCRIPTION, type NightOutput } from '../../blocks/contract';
import { isRecord } from '../../topology/record';
import { type Deployed, deployedAt, type Kind, type Narrowed, type Where } from '../commands/places';
import type { Progress } from '../local/contract';

/** A nightly reconciliation that is deployed. */
export interface Night extends Omit<Deployed, 'value'>, NightOutput {}

const NIGHT: Kind = {
  one: 'nightly reconciliation',
  several: 'nightly reconciliations',
  description: NIGHT_OUTPUT_DESCRIPTION,
  absent: `One is a stack output whose description begins with "${NIGHT_OUTPUT_DESCRIPTION.trim()}".`,
};

/** Nightly reconciliations there. @throws when there is none, with where to look */
export async function nightsOf(where: Where, narrowed: Narrowed, progress: Progress): Promise<readonly Night[]> {
  return (await deployedAt(where, NIGHT, narrowed, progress)).map(({ value, ...deployed }) => ({
    ...deployed,
    ...outputOf(value, deployed),
  }));
}

function outputOf(value: string, { stack, path }: Pick<Deployed, 'stack' | 'path'>): NightOutput {
  const read = parsed(value);
  if (isRecord(read)) {
    const { reconciliation, table, startFunction } = read;
    if (typeof reconciliation === 'string' && typeof table === 'string' && typeof startFunction === 'string')
      return { reconciliation, table, startFunction };
  }
  throw new Error(`the output of ${path} in stack ${stack} is none that this version of cdk-breakwater wrote: deploy the stack again.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The only one. @throws when there are several, which a date does not choose among */
export function onlyNight(nights: readonly Night[]): Night {
  const [night, ...more] = nights;
  if (night === undefined || more.length > 0)
    throw new Error(
      `which one? There are ${nights.map(({ path }) => path).join(', ')}: give --night PATH, or --stack NAME. Nothing was started.`,
    );
  return night;
}

/** A nightly reconciliation as scripts see it. */
export function nightDocument({ stack, path, reconciliation, region, table, startFunction }: Night): object {
  return { stack, path, reconciliation, region, table, function: startFunction };
}
