import type { Alarm, Graph, Node } from '../../topology/graph';
import { code, list, prose, table } from '../markdown';
import { GROUP_OPENED } from '../rules/parking-lots';
import { functionLogs } from './causes';
import { meaningOf } from './metrics';
import type { Chapter } from './parking-lots';
import { block } from './shell';

/** Sections that the construct library keeps for its own alarms. */
const OWN = 'https://github.com/cdk-breakwater/cdk-breakwater/blob/main/docs/runbook.md';
/** What the constructs write into descriptions when no other address was given. */
const OWN_RELATIVE = /(?:^|\s)docs\/runbook\.md#([a-z0-9-]+)/;
const ADDRESS = /https?:\/\/[^\s<>"')]+/;

const COMPARISON: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: 'at or above',
  GreaterThanThreshold: 'above',
  LessThanThreshold: 'below',
  LessThanOrEqualToThreshold: 'at or below',
};

/** Section of an alarm: what it means, what to look at, what to tell apart, and who is told. */
export function alarmSection(chapter: Chapter, alarm: Alarm): string[] {
  const { facts, deployed, names } = chapter;
  const watched = watchedBy(facts.graph, alarm).map((id) => facts.node(id));
  const meaning = alarm.composite
    ? undefined
    : meaningOf(
        alarm.namespace,
        alarm.metricName,
        watched.some((node) => node.deadLetter),
        watched.some((node) => facts.graph.desks.has(node.id)),
      );
  return [
    `### ${prose(nameOf(alarm))}`,
    `${code(alarm.resource.logicalId)}${watched.length > 0 ? ` watches ${watched.map((node) => code(names.get(node.id) ?? node.label)).join(', ')}` : ''}. ${whoIsTold(chapter, alarm)}`,
    `**Meaning.** ${[alarm.description === undefined ? '' : prose(sentence(alarm.description.replace(/\s*runbook:\s*\S+\s*$/i, ''))), condition(alarm), meaning?.means ?? ''].filter(Boolean).join(' ')}`,
    ...(meaning === undefined && !alarm.composite && alarm.description === undefined
      ? ['Nothing more is known of this metric here: write into the description of the alarm what it means.']
      : []),
    ...ownSection(alarm),
    `**Look.** ${alarm.composite ? 'Which of its alarms fired, and when:' : 'When it changed, and the metric of the last hours:'}`,
    block([
      deployed.set('ALARM', alarm.resource),
      'aws cloudwatch describe-alarm-history --alarm-name "$ALARM" --history-item-type StateUpdate --max-items 10',
      ...metric(alarm),
    ]),
    ...watched.flatMap((node) => (node.kind === 'function' && node.resource ? [functionLogs(deployed, node.resource)] : [])),
    ...parked(chapter, watched),
    ...(meaning && meaning.decide.length > 0 ? ['**Decide and act.**', table(['picture', 'what helps'], meaning.decide)] : []),
  ];
}

/** What a desk counts is about the parking lot that it empties. */
function watchedBy({ desks }: Graph, { metricName, watches }: Alarm): readonly string[] {
  if (metricName !== GROUP_OPENED) return watches;
  return [...desks.values()].filter(({ intake }) => watches.includes(intake)).map(({ lot }) => lot);
}

/** The metric itself, asked for as the alarm asks. */
function metric(alarm: Alarm): string[] {
  if (alarm.composite) return ['aws cloudwatch describe-alarms --alarm-names "$ALARM" --alarm-types CompositeAlarm'];
  if (alarm.metricName === undefined || alarm.statistic === undefined) return ['aws cloudwatch describe-alarms --alarm-names "$ALARM"'];
  const statistic = /^(?:SampleCount|Average|Sum|Minimum|Maximum)$/.test(alarm.statistic)
    ? 'Statistics:[Statistic]'
    : 'ExtendedStatistics:[ExtendedStatistic]';
  return [
    `METRIC=$(aws cloudwatch describe-alarms --alarm-names "$ALARM" --query "MetricAlarms[0].{Namespace:Namespace,MetricName:MetricName,Dimensions:Dimensions,Period:Period,${statistic}}" --output json)`,
    'aws cloudwatch get-metric-statistics --cli-input-json "$METRIC" --start-time $(($(date +%s) - 10800)) --end-time "$(date +%s)" --query "sort_by(Datapoints, &Timestamp)"',
  ];
}

/** The last part of the construct path says most: the key of the alarm. */
function nameOf({ resource }: Alarm): string {
  const parts = (resource.constructPath ?? resource.logicalId).split('/').filter((part) => part !== 'Resource' && part !== '');
  return parts.slice(1).slice(-3).join('/') || parts.join('/');
}

function condition(alarm: Alarm): string {
  if (alarm.metricName === undefined || alarm.threshold === undefined) return '';
  return `Fires when ${[alarm.statistic ?? '', alarm.metricName].filter(Boolean).map(prose).join(' of ')} is ${Object.hasOwn(COMPARISON, alarm.comparison ?? '') ? `${COMPARISON[alarm.comparison!]} ${alarm.threshold}` : `at ${alarm.threshold} or past it`}.`;
}

function sentence(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}

function whoIsTold({ facts }: Chapter, alarm: Alarm): string {
  if (!alarm.actionsEnabled || alarm.actions.length === 0) return '**It tells nobody.**';
  return `It tells ${alarm.actions.map((id) => code(facts.label(id))).join(', ')}.`;
}

function ownSection({ description = '' }: Alarm): string[] {
  const address = ADDRESS.exec(description)?.[0];
  if (address !== undefined) return [`Its runbook: <${address}>`];
  const key = OWN_RELATIVE.exec(description)?.[1];
  return key === undefined ? [] : [`What the construct's own runbook says: [${key}](${OWN}#${key})`];
}

function parked({ names }: Chapter, watched: readonly Node[]): string[] {
  const lots = watched.filter((node) => node.deadLetter);
  if (lots.length === 0) return [];
  return [
    list(
      lots.map((node) => `What waits there, and how it is put back: ${code(names.get(node.id) ?? node.label)} under *Parking lots* below.`),
    ),
  ];
}
