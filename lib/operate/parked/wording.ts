import type { ParkedGroup, ParkedState } from '../../blocks/parking-contract';
import type { Desk } from './desks';

const ORDER: readonly ParkedState[] = ['parked', 'sending', 'sent', 'returned', 'done', 'handed_over', 'discarded'];

/** `12 parked, 3 done`: states without a message are left out. */
export function countsOf({ counts }: Pick<ParkedGroup, 'counts'>): string {
  const told = ORDER.filter((state) => (counts[state] ?? 0) > 0).map((state) => `${number(counts[state])} ${state.replace('_', ' ')}`);
  return told.length === 0 ? 'none' : told.join(', ');
}

export function number(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 message`, `12 messages`. */
export function messages(count: number): string {
  return `${number(count)} ${count === 1 ? 'message' : 'messages'}`;
}

/** How long ago: `12s`, `5m`, `7h`, `12d`. */
export function age(time: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  if (Number.isNaN(seconds)) return '?';
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** What a person calls the cause. */
export function errorOf({ errorName, errorMessage }: { readonly errorName: string; readonly errorMessage: string }): string {
  return errorMessage === '' ? errorName : `${errorName}: ${errorMessage}`;
}

/** A desk as scripts see it. */
export function deskDocument({ stack, path, functionName, region }: Desk): object {
  return { stack, path, function: functionName, region };
}
