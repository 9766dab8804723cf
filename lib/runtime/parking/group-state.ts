import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { DeskAnswers, DeskRequest, GroupState, ParkedGroup } from '../../blocks/parking-contract';
import { jobPut, newJob } from './begin';
import { auditPut, update } from './changes';
import type { DeskDependencies } from './desk';
import { DeskError } from './desk-error';
import { groupChanged } from './events';
import { drive } from './executions';
import { type GroupItem, groupKey } from './items';
import { requireGroup, requireText } from './lookup';
import { groupView } from './public-view';

type Of<C extends DeskRequest['command']> = Extract<DeskRequest, { readonly command: C }>;

const LONGEST_ACKNOWLEDGEMENT_DAYS = 90;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

const NEXT: Readonly<Record<'resolve' | 'ignore' | 'reopen', GroupState>> = { resolve: 'resolved', ignore: 'ignored', reopen: 'open' };

/** Somebody has seen it: quiet until then, and then it opens again by itself. */
export async function acknowledge(request: Of<'acknowledge'>, desk: DeskDependencies): Promise<DeskAnswers['acknowledge']> {
  const { store, clock, settings } = desk;
  const milliseconds = Date.parse(request.until) - clock.now();
  if (!(milliseconds > 0 && milliseconds <= LONGEST_ACKNOWLEDGEMENT_DAYS * DAY_MILLISECONDS)) {
    throw new DeskError(`until must be a time within the next ${LONGEST_ACKNOWLEDGEMENT_DAYS} days, given ${request.until}.`);
  }
  const until = new Date(Date.parse(request.until)).toISOString();
  const group = await requireGroup(request.group, store);
  const job = newJob('wake', request.by, { group: group.group, until }, 0, desk);
  const set = { state: 'acknowledged', acknowledged: { by: request.by, until } };
  const answer = await change(request, group, set, [jobPut(job, store.tableName)], { detail: `until ${until}` }, desk);
  await drive(job, { ...desk, stateMachine: settings.stateMachine });
  return { group: answer };
}

/** Resolves, ignores or opens a group. */
export async function changeState(
  request: Of<'resolve' | 'ignore' | 'reopen'>,
  desk: DeskDependencies,
): Promise<{ readonly group: ParkedGroup }> {
  const group = await requireGroup(request.group, desk.store);
  const state = NEXT[request.command];
  if (state === 'resolved' && group.counts.parked > 0) {
    throw new DeskError(`Group ${group.group} has ${group.counts.parked} parked messages: redrive or discard them, or ignore the group.`);
  }
  const told = request.because === undefined ? {} : { because: request.because };
  // A person who opens it knows of it: nothing rings.
  const set = state === 'open' ? { state, openedAt: new Date(desk.clock.now()).toISOString(), announced: true } : { state };
  return { group: await change(request, group, set, [], told, desk) };
}

async function change(
  { command, by }: Of<'acknowledge' | 'resolve' | 'ignore' | 'reopen'>,
  group: GroupItem,
  set: Readonly<Record<string, unknown>>,
  more: readonly TransactWriteItem[],
  told: { readonly because?: string; readonly detail?: string },
  { store, clock, eventBridge }: DeskDependencies,
): Promise<ParkedGroup> {
  const at = new Date(clock.now()).toISOString();
  const entry = { at, by: requireText(by, 'by', 'who does it'), action: command, group: group.group, ...told };
  const given = { state: group.state, ...(set.state === 'resolved' && { 'counts.parked': 0 }) };
  const remove = set.acknowledged === undefined ? ['acknowledged'] : [];
  const refused = await store.write([
    update(store.tableName, groupKey(group.group), { set, remove, given }),
    auditPut(store.tableName, entry, `${group.group}-${command}`),
    ...more,
  ]);
  const now = await requireGroup(group.group, store);
  if (refused !== undefined) throw await outrun(now, store);
  await groupChanged(now, at, by, eventBridge);
  return groupView(now);
}

/** Somebody, or a new message, changed it in between. */
async function outrun(group: GroupItem, store: DeskDependencies['store']): Promise<DeskError> {
  const last = (await store.audit()).found.find((entry) => entry.group === group.group);
  const who = last === undefined ? '' : ` Last: ${last.action} by ${last.by} at ${last.at}.`;
  return new DeskError(
    `Group ${group.group} was changed meanwhile: it is ${group.state}, with ${group.counts.parked} parked messages.${who} Look again.`,
  );
}
