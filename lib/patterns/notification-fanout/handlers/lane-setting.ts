import { LANES, type Lane } from '../../../blocks/fanout-contract';

/** What {@link byLane} takes, for people. */
export const PER_LANE = `JSON with a text for ${LANES.join(' and ')}`;
/** What {@link byChannelAndLane} takes, for people. */
export const PER_CHANNEL_AND_LANE = `JSON by channel with a text for ${LANES.join(' and ')}`;

/** A text for each lane. @returns undefined for what is none */
export function byLane(text: string): Readonly<Record<Lane, string>> | undefined {
  const value = parsed(text);
  return isPerLane(value) ? value : undefined;
}

/** A text for each channel and lane. @returns undefined for what is none */
export function byChannelAndLane(text: string): Readonly<Record<string, Readonly<Record<Lane, string>>>> | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || !Object.values(value).every(isPerLane)) return undefined;
  return value as Readonly<Record<string, Readonly<Record<Lane, string>>>>;
}

function isPerLane(value: unknown): value is Readonly<Record<Lane, string>> {
  return typeof value === 'object' && value !== null && LANES.every((lane) => typeof (value as Record<string, unknown>)[lane] === 'string');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
