import { ParkingEnvironment, type ParkingLotSettings } from '../../blocks/parking-contract';
import { type Environment, EnvironmentReader } from '../environment';
import { lotsIn } from './lots';

/** What the desk function and the jobs share. */
export interface ParkingSettings {
  readonly tableName: string;
  readonly bucketName: string;
  readonly lots: readonly ParkingLotSettings[];
}

export interface DeskSettings extends ParkingSettings {
  readonly stateMachine: string;
}

const ADVICE = 'The ParkingDesk block sets these.';

/** @throws Error that names every variable which is missing or wrong */
export function readDeskSettings(environment: Environment): DeskSettings {
  const reader = new EnvironmentReader(environment);
  const settings = {
    tableName: reader.read(ParkingEnvironment.TABLE, String, 'the name of a table'),
    bucketName: reader.read(ParkingEnvironment.BUCKET, String, 'the name of a bucket'),
    ...lotsIn(reader, environment),
    stateMachine: reader.read(ParkingEnvironment.STATE_MACHINE, String, 'the ARN of a state machine'),
  };
  reader.check('parking desk', ADVICE);
  return settings;
}
