import { readFileSync } from 'node:fs';
import type { Rules } from './oracle/rules-file';

/** The rules as the stack deploys them; a storm runs where the stack is synthesised. */
export function readRules(): Rules {
  return JSON.parse(readFileSync('examples/notification-fanout/notifications.json', 'utf8')) as Rules;
}
