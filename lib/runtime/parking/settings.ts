import { ParkingEnvironment, type ParkingLotSettings } from '../../blocks/parking-contract';

type Environment = Readonly<Record<string, string | undefined>>;
type Name = keyof typeof ParkingEnvironment;

/** What the functions of a desk share. */
export interface ParkingSettings {
  readonly tableName: string;
  readonly bucketName: string;
  readonly lots: readonly ParkingLotSettings[];
}

export interface DeskSettings extends ParkingSettings {
  readonly stateMachine: string;
}

/** @throws Error that names every variable which is missing or wrong */
export function readDeskSettings(environment: Environment): DeskSettings {
  const faults: string[] = [];
  const settings = {
    ...shared(environment, faults),
    stateMachine: text(environment, faults, 'STATE_MACHINE', 'the ARN of a state machine'),
  };
  refuse('parking desk', faults);
  return settings;
}

/** @throws Error that names every variable which is missing or wrong */
export function readJobSettings(environment: Environment): ParkingSettings {
  const faults: string[] = [];
  const settings = shared(environment, faults);
  refuse('parking job', faults);
  return settings;
}

function shared(environment: Environment, faults: string[]): ParkingSettings {
  return {
    tableName: text(environment, faults, 'TABLE', 'the name of a table'),
    bucketName: text(environment, faults, 'BUCKET', 'the name of a bucket'),
    lots: parkingLots(environment[ParkingEnvironment.LOTS], faults),
  };
}

function text(environment: Environment, faults: string[], name: Name, allowed: string): string {
  const value = environment[ParkingEnvironment[name]];
  if (!value) faults.push(`${ParkingEnvironment[name]} must be ${allowed}, given nothing`);
  return value ?? '';
}

function refuse(name: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`${name}: ${faults.join('; ')}. The ParkingDesk block sets these.`);
}

/** The parking lots of a desk, from `ParkingEnvironment.LOTS`. @param faults what is wrong with it is added here */
export function parkingLots(value: string | undefined, faults: string[]): readonly ParkingLotSettings[] {
  const allowed = `${ParkingEnvironment.LOTS} must be a JSON list of parking lots with arn, url, targetUrl and settledWithinSeconds (more than 0)`;
  try {
    const lots = JSON.parse(value ?? '') as readonly Partial<ParkingLotSettings>[];
    const whole = lots.every(
      (lot) => lot.arn && lot.url && lot.targetUrl && typeof lot.settledWithinSeconds === 'number' && lot.settledWithinSeconds > 0,
    );
    if (whole) return lots as readonly ParkingLotSettings[];
    faults.push(`${allowed}, given ${JSON.stringify(value)}`);
  } catch {
    faults.push(`${allowed}, given ${value ? JSON.stringify(value) : 'nothing'}`);
  }
  return [];
}
