import type { SSMClient } from '@aws-sdk/client-ssm';
import { ParkingEnvironment, type ParkingLotSettings } from '../../blocks/parking-contract';
import { CLIENT_CONFIG } from '../client-config';
import type { Clock } from '../clock';
import type { Environment, EnvironmentReader } from '../environment';

/** The parking lots of a desk, as its environment has them. */
export interface LotsInEnvironment {
  readonly lots: readonly ParkingLotSettings[];
  /** Names of the parameters that hold the lots when they don't fit an environment. */
  readonly lotParameters?: readonly string[];
}

export function lotsIn(reader: EnvironmentReader, environment: Environment): LotsInEnvironment {
  if (environment[ParkingEnvironment.LOT_PARAMETERS] === undefined)
    return {
      lots: reader.read(ParkingEnvironment.LOTS, (text) => listOf(text, isParkingLot), `a JSON array of parking lots, ${LOT_ALLOWED}`),
    };
  const isName = (name: unknown): name is string => typeof name === 'string' && name !== '';
  const lotParameters = reader.read(
    ParkingEnvironment.LOT_PARAMETERS,
    (text) => listOf(text, isName),
    'a JSON array of names of parameters',
  );
  return { lots: [], lotParameters };
}

export interface LotParametersDependencies {
  readonly clock: Pick<Clock, 'now'>;
  /** Called when there are parameters to be read. @default a client of its own */
  readonly ssm?: () => Promise<Pick<SSMClient, 'send'>>;
}

/**
 * @param make what works with the lots
 * @returns gives what was made with the lots as they are; those of parameters are read again after five minutes, because a deployment that changes only them starts no new
 * functions
 * @throws what SSM throws; the next call asks again
 */
export function withLots<Settings extends LotsInEnvironment, Made>(
  settings: Settings,
  { clock, ssm = ssmClient }: LotParametersDependencies,
  make: (settings: Settings) => Made,
): () => Promise<Made> {
  const { lotParameters } = settings;
  if (lotParameters === undefined) {
    const made = make(settings);
    return async () => made;
  }
  let made: { readonly at: number; readonly value: Made } | undefined;
  return async () => {
    if (made === undefined || clock.now() - made.at >= READ_AGAIN_MILLISECONDS) {
      made = { at: clock.now(), value: make({ ...settings, lots: await readParameters(lotParameters, await ssm()) }) };
    }
    return made.value;
  };
}

/** One by one: a request for several is authorized as one for each all the same, and few desks have many. */
async function readParameters(names: readonly string[], ssm: Pick<SSMClient, 'send'>): Promise<ParkingLotSettings[]> {
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm');
  return Promise.all(
    names.map(async (Name) => {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
      const lot = parsed(Parameter?.Value ?? '');
      if (!isParkingLot(lot))
        throw new Error(`the parameter ${Name} must be JSON of a parking lot, ${LOT_ALLOWED}. The ParkingDesk block sets it.`);
      return lot;
    }),
  );
}

async function ssmClient(): Promise<SSMClient> {
  const { SSMClient } = await import('@aws-sdk/client-ssm');
  return new SSMClient(CLIENT_CONFIG);
}

const READ_AGAIN_MILLISECONDS = 300_000;
const LOT_ALLOWED = 'each with arn, url, targetUrl and settledWithinSeconds (0 or more)';

function listOf<Member>(text: string, isMember: (value: unknown) => value is Member): readonly Member[] | undefined {
  const list = parsed(text);
  return Array.isArray(list) && list.every(isMember) ? list : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isParkingLot(value: unknown): value is ParkingLotSettings {
  const lot = value as Partial<Record<keyof ParkingLotSettings, unknown>> | null;
  const texts = [lot?.arn, lot?.url, lot?.targetUrl];
  return texts.every((text) => typeof text === 'string' && text !== '') && Number(lot?.settledWithinSeconds ?? Number.NaN) >= 0;
}
