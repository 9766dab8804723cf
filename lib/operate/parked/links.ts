import type { Fault } from '../../blocks/parking-contract';

const RUNBOOK = 'https://github.com/cdk-breakwater/cdk-breakwater/blob/main/docs/runbook.md';
const SECTION: Readonly<Record<Fault, string>> = { ours: 'parkedmessages', customer: 'parkedcustomerfaults' };

/** Section of the runbook about the alarm that a group of this fault rings. */
export function runbookOf(fault: Fault): string {
  return `${RUNBOOK}#${SECTION[fault]}`;
}

/** Consoles by the beginning of the Region's name: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html */
const CONSOLES: ReadonlyArray<readonly [beginning: string, domain: string]> = [
  ['cn-', 'console.amazonaws.cn'],
  ['us-gov-', 'console.amazonaws-us-gov.com'],
  ['', 'console.aws.amazon.com'],
];

/** Page of a trace in the console. @returns undefined for what is no X-Ray trace id */
export function traceLink(traceId: string, region: string): string | undefined {
  const id = /^[0-9a-f]{32}$/.test(traceId) ? `1-${traceId.slice(0, 8)}-${traceId.slice(8)}` : traceId;
  if (!/^1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(id)) return undefined;
  const domain = CONSOLES.find(([beginning]) => region.startsWith(beginning))![1];
  return `https://${region}.${domain}/cloudwatch/home?region=${region}#xray:traces/${id}`;
}
