import type { ScriptedStorm } from '../../lib/operate/storm/contract';
import { play } from './storm/script';

export const storm: ScriptedStorm = {
  context: { example: 'notification-fanout' },
  // Five recipients for each event. Fewer do not hold everything that is to happen.
  size: { of: 'events', usual: 2_000, least: 60, most: 20_000 },
  play,
};
