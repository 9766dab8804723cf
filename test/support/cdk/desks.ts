import type { Stack } from 'aws-cdk-lib';
import { Alarms, ParkingDesk, type ParkingDeskProps, QueueWorker, type QueueWorkerProps } from '../../../lib';
import type { ParkingLotSettings } from '../../../lib/blocks/parking-contract';
import { inlineWorker, resourcesOf, shop } from './stacks';
import { referencesIn } from './template-walk';

export const NO_ALARMS = { alarms: Alarms.none() };

/** A desk by itself. */
export function desk(props: ParkingDeskProps = {}, stack: Stack = shop()) {
  return { stack, desk: new ParkingDesk(stack, 'Desk', { ...NO_ALARMS, ...props }) };
}

/** A queue worker with its desk. */
export function orders(props: Partial<QueueWorkerProps> = {}, stack: Stack = shop()) {
  return { stack, worker: new QueueWorker(stack, 'Orders', { worker: inlineWorker(), ...props }) };
}

/** Environment of the function whose logical id begins so. */
export function environmentOf(stack: Stack, logicalIdPrefix: string): Record<string, unknown> {
  const [, found] = Object.entries(resourcesOf(stack, 'AWS::Lambda::Function')).find(([id]) => id.startsWith(logicalIdPrefix))!;
  return (found.Properties.Environment as { Variables: Record<string, unknown> }).Variables;
}

/** Settings as a export function gets them, with `<logical id>` for what is known at deployment only. */
export function lotsOf(stack: Stack, logicalIdPrefix: string): ParkingLotSettings[] {
  return readTold(environmentOf(stack, logicalIdPrefix).BREAKWATER_PARKING_LOTS) as ParkingLotSettings[];
}

/** JSON with references, as `<logical id>`. */
export function readTold(told: unknown): unknown {
  if (typeof told === 'string') return JSON.parse(told);
  const [, parts] = (told as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : `<${referencesIn(part)[0]!.slice(0, -8)}>`)).join(''));
}

export function alarmNamed(stack: Stack, key: string) {
  return Object.entries(resourcesOf(stack, 'AWS::CloudWatch::Alarm')).find(([id]) => id.includes(`Alarms${key}`))?.[1].Properties;
}
