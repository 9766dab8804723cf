import { ParkingEnvironment, type ParkingLotSettings } from '../../blocks/parking-contract';
import { type Environment, EnvironmentReader, positiveInteger } from '../environment';
import { lotsIn } from './lots';

/** What the intake needs to know. */
export interface IntakeSettings {
  readonly table: string;
  readonly bucket: string;
  readonly retentionDays: number;
  readonly lots: readonly ParkingLotSettings[];
  readonly customerThreshold: number;
  /** ARN; absent when bodies are stored as they come. */
  readonly redactionFunction?: string;
}

/** @throws Error that names every variable which is missing or wrong */
export function readIntakeSettings(environment: Environment): IntakeSettings {
  const reader = new EnvironmentReader(environment);
  const settings = {
    table: reader.read(ParkingEnvironment.TABLE, String, 'the name of a table'),
    bucket: reader.read(ParkingEnvironment.BUCKET, String, 'the name of a bucket'),
    retentionDays: reader.read(ParkingEnvironment.RETENTION_DAYS, positiveInteger, 'a whole number of days, 1 or more'),
    ...lotsIn(reader, environment),
    customerThreshold: reader.read(ParkingEnvironment.CUSTOMER_THRESHOLD, positiveInteger, 'a whole number of messages, 1 or more'),
    redactionFunction: environment[ParkingEnvironment.REDACTION_FUNCTION] || undefined,
  };
  reader.check('parking intake', 'The ParkingDesk block sets these.');
  return settings;
}
