import { ParkingEnvironment, type ParkingLotSettings } from '../../blocks/parking-contract';
import { type Environment, EnvironmentReader, positiveInteger } from '../environment';

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
    lots: reader.read(ParkingEnvironment.LOTS, parkingLots, PARKING_LOTS_ALLOWED),
    customerThreshold: reader.read(ParkingEnvironment.CUSTOMER_THRESHOLD, positiveInteger, 'a whole number of messages, 1 or more'),
    redactionFunction: environment[ParkingEnvironment.REDACTION_FUNCTION] || undefined,
  };
  reader.check('parking intake', 'The ParkingDesk block sets these.');
  return settings;
}

export const PARKING_LOTS_ALLOWED = 'a JSON array of parking lots, each with arn, url, targetUrl and settledWithinSeconds (0 or more)';

/** @returns undefined for what is no list of parking lots */
export function parkingLots(value: string): readonly ParkingLotSettings[] | undefined {
  try {
    const lots = JSON.parse(value) as unknown;
    return Array.isArray(lots) && lots.every(isParkingLot) ? lots : undefined;
  } catch {
    return undefined;
  }
}

function isParkingLot(lot: Partial<Record<keyof ParkingLotSettings, unknown>> | null): lot is ParkingLotSettings {
  const texts = [lot?.arn, lot?.url, lot?.targetUrl];
  return texts.every((text) => typeof text === 'string' && text !== '') && Number(lot?.settledWithinSeconds ?? Number.NaN) >= 0;
}
