import type { Node, ParkingDesk } from '../../topology/graph';
import { Marks } from '../../topology/marks';
import type { Facts } from '../facts';
import { list, table } from '../markdown';
import { causes, functionLogs, meaning } from './causes';
import type { Chapter } from './parking-lots';
import { putBack } from './put-back';
import { replayOf } from './replay';
import { block, set, word } from './shell';

/** Section of a parking lot that a desk empties: what waits there waits at the desk. */
export function deskSection(chapter: Chapter, node: Node, desk: ParkingDesk): string[] {
  const { facts, deployed, names } = chapter;
  const feeding = facts.to(node.id).filter((edge) => edge.role === 'failure');
  const parked = commandsOf(facts, desk);
  const intake = facts.node(desk.intake);
  return [
    `**Meaning.** ${meaning(chapter, node, feeding)} A parking desk takes it from there within seconds, groups it by cause, and keeps it${keptFor(facts, desk)} until somebody decides.`,
    '**Look.** What is parked by cause, one of the messages, and what was done so far:',
    block([
      parked('groups'),
      set('GROUP', `${parked('groups --state open --json')} | jq -r '[.desks[].groups[]][0].group'`),
      set('MESSAGE', `${parked('groups --state open --json')} | jq -r '[.desks[].groups[]][0].sample'`),
      parked('show "$MESSAGE"'),
      parked('list "$GROUP"'),
      parked('audit "$GROUP"'),
    ]),
    ...causes(chapter, feeding),
    '**Decide.** Who works on it says so, and its alarm is quiet for that time:',
    block([parked('acknowledge "$GROUP" --for 8h')]),
    table(
      ['what is found', 'what helps'],
      [
        ['the handler or what it calls was broken', 'mend it first, then redrive; a redrive stops when the same cause comes back'],
        ['the event itself is wrong', 'edit it, then redrive it; or discard it'],
        [
          'the same event has had its effect meanwhile',
          'the plan of a redrive counts those: safe where the handler recognises it, see below',
        ],
        ['nobody needs it any more', 'discard it'],
      ],
    ),
    '**Send back.** Shows its plan and asks; sends a few first, and the rest only when those have their effect:',
    block([parked('redrive "$GROUP" --rate 20/s --canary 10')]),
    'It runs in the stack, not here. How it stands, and how it is stopped:',
    block([
      parked('jobs'),
      set('JOB', `${parked('jobs --json')} | jq -r '[.desks[].jobs[]][0].id'`),
      parked('pause "$JOB"'),
      parked('resume "$JOB"'),
      parked('stop "$JOB"'),
    ]),
    'One message mended, or a group that needs no effect; the reason stands in the audit list:',
    block([
      parked('edit "$MESSAGE" --because "what was wrong with it"'),
      parked('redrive "$MESSAGE"'),
      parked('export "$GROUP" --to parked/'),
      parked('discard "$GROUP" --because "why nobody needs it"'),
    ]),
    '**Safe to replay?**',
    list(replayOf(facts, putBack(chapter, node, feeding).starts, names)),
    ...(node.fifo ? ['A redrive keeps the order of each message group, not against what came meanwhile.'] : []),
    '**When nothing is taken in,** messages grow old in the queue and no group opens. How many wait, and what the intake says:',
    block([
      deployed.setQueue('PARKING_LOT', node),
      'aws sqs get-queue-attributes --queue-url "$PARKING_LOT" --attribute-names ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible',
    ]),
    ...(intake.resource ? [functionLogs(deployed, intake.resource)] : []),
    'Mend what it says: a permission, a store that is away, a redaction that throws. What lies in the queue is taken in then, once.',
  ];
}

/** `npx breakwater parked …` on this desk and no other. */
function commandsOf(facts: Facts, desk: ParkingDesk): (command: string) => string {
  const resource = facts.resource(desk.intake)!;
  const [stack] = resource.ref.stack.replace(/ \(\d+\)(?=\/|$)/, '').split('/');
  const path = resource.get('Environment', 'Variables', 'POWERTOOLS_SERVICE_NAME').text();
  const which = path !== undefined && path !== '' && Marks.isPlain(path) && !path.includes('${') ? ` --desk=${word(path)}` : '';
  return (command) => `npx breakwater parked ${command} --stack=${word(stack!)}${which}`;
}

function keptFor(facts: Facts, { intake }: ParkingDesk): string {
  const days = facts.resource(intake)!.get('Environment', 'Variables', 'BREAKWATER_PARKING_RETENTION_DAYS').number('unknown');
  return typeof days === 'number' ? ` for ${days} days` : '';
}
