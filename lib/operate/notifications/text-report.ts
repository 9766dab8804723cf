import type { Preview, PreviewDecision, PreviewDigest } from './preview';

const SHOWN = 200;

/** The preview for a person; all of it is in `--json`. */
export function describe({ decisions, digests }: Preview): string {
  const counts = new Map<string, number>();
  for (const { outcome } of decisions) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const summary = [...counts].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
  return [
    `${decisions.length} decisions${summary === '' ? '' : `: ${summary}`}; ${digests.length} digests`,
    ...some(decisions.map(decisionLine), 'decisions'),
    ...some(digests.map(digestLine), 'digests'),
  ].join('\n');
}

function decisionLine({ event, recipient, channel, rule, outcome, reason, at }: PreviewDecision): string {
  const about = recipient === null ? event : `${event} to ${recipient} by ${channel} (${rule})`;
  return `${at} ${outcome.padEnd(10)} ${about}: ${reason}`;
}

function digestLine({ recipient, channel, rule, key, opens, flush, at, events }: PreviewDigest): string {
  const about = `to ${recipient} by ${channel} (${rule}${key === null ? '' : `, ${key}`})`;
  return `${at} digest     ${about}: ${events.join(', ')}; open ${opens} to ${flush}`;
}

function some(lines: readonly string[], name: string): string[] {
  if (lines.length === 0) return [];
  return ['', ...lines.slice(0, SHOWN), ...(lines.length > SHOWN ? [`... and ${lines.length - SHOWN} more ${name}; --json has all`] : [])];
}
