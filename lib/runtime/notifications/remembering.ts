import { randomUUID } from 'node:crypto';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { RecipientState, Step, Write } from './contract';
import { RecipientMemory, type StateName } from './memory';
import type { Expirations } from './store/expirations';
import { type FanoutStore, hasRevision, marshalledKey } from './store/fanout-store';
import { readState, stateItem } from './store/items';
import { type ItemKey, stateKey } from './store/keys';

/** A step of one recipient that is to be decided. */
export interface Deciding {
  readonly recipient: string;
  readonly step: (state: RecipientState) => Step;
  /** What can't be there yet, so that it is not read. */
  readonly absent?: StateName;
}

export interface Decided {
  readonly step: Step;
  readonly memory: RecipientMemory;
}

/**
 * Decides steps of many recipients, reading what each asks for and no more: most ask for nothing, and a round of reads serves all.
 *
 * @returns in the order of the steps
 */
export async function decideAll(steps: readonly Deciding[], store: Pick<FanoutStore, 'read'>): Promise<readonly Decided[]> {
  const memories = steps.map(({ absent }) => {
    const memory = new RecipientMemory();
    if (absent !== undefined) memory.learn(absent, undefined);
    return memory;
  });
  const decided: Decided[] = [];
  for (let open = [...steps.keys()]; open.length > 0; ) {
    const asked: { readonly index: number; readonly name: StateName; readonly key: ItemKey }[] = [];
    for (const index of open) {
      const { recipient, step } = steps[index]!;
      const memory = memories[index]!;
      const ran = memory.run(step);
      if ('step' in ran) decided[index] = { step: ran.step, memory };
      else asked.push(...ran.missing.map((name) => ({ index, name, key: stateKey(recipient, name.kind, name.name) })));
    }
    const found = await store.read(asked.map(({ key }) => key));
    for (const { index, name, key } of asked) {
      const item = found.get(key);
      memories[index]!.learn(name, item && readState(item));
    }
    open = [...new Set(asked.map(({ index }) => index))];
  }
  return decided;
}

/** Writes of a step, each on the condition that nothing has changed since it was read. */
export function stateWrites(
  tableName: string,
  recipient: string,
  { step, memory }: Decided,
  { expirations, now }: { readonly expirations: Expirations; readonly now: number },
): readonly TransactWriteItem[] {
  return step.writes
    .filter((write) => write.value !== undefined || memory.revisionOf(write) !== undefined)
    .map((write) => stateWrite(tableName, recipient, write, memory.revisionOf(write), expirations.state(write, now)));
}

function stateWrite(tableName: string, recipient: string, write: Write, revision: string | undefined, expires: number): TransactWriteItem {
  const key = stateKey(recipient, write.kind, write.key);
  const common = { TableName: tableName, ...hasRevision(revision) };
  if (write.value === undefined) return { Delete: { ...common, Key: marshalledKey(key) } };
  return { Put: { ...common, Item: stateItem(key, { value: write.value, revision: randomUUID() }, expires) } };
}
