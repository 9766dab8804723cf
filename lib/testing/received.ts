import { join } from 'node:path';
import type { Stack, Stage } from 'aws-cdk-lib';
import { loadStacks, stackOfTemplate } from '../topology/load';
import type { SourceStack } from '../topology/model';
import { isRecord } from '../topology/record';

/** What a matcher is asked about, and everything that its events may pass. */
export interface Received {
  /** The stacks that are asked about. */
  readonly asked: readonly SourceStack[];
  /** Those, and the other stacks of their app. */
  readonly all: readonly SourceStack[];
}

/**
 * @param received a stack, a stage or an app, which is synthesised; a `Template` of aws-cdk-lib/assertions; or a template as an object
 * @throws Error when it is none of these
 */
export function receivedOf(received: unknown): Received {
  if (!isRecord(received)) throw notReadable(received);
  if (isRecord(received.node)) return ofConstruct(received);
  const body = typeof received.toJSON === 'function' ? (received as { toJSON(): unknown }).toJSON() : received;
  if (!isRecord(body) || !isRecord(body.Resources)) throw notReadable(received);
  const stack = stackOfTemplate('Template', body);
  return { asked: [stack], all: [stack] };
}

function ofConstruct(received: object): Received {
  // Loaded only for constructs: this file is set up in front of every test file of a user, most of which have none.
  const cdk = require('aws-cdk-lib') as typeof import('aws-cdk-lib');
  if (cdk.Stage.isStage(received)) {
    const all = loadStacks([received.synth().directory]);
    return { asked: all, all };
  }
  if (!cdk.Stack.isStack(received)) throw notReadable(received);
  const stage = stageOf(cdk, received);
  const { directory } = stage.synth();
  const all = loadStacks([directory]);
  const file = join(directory, received.templateFile);
  const asked = flat(all).filter((stack) => stack.template.file === file);
  if (asked.length === 0) throw new Error(`${received.node.path}: its template ${file} is not among those that the synth wrote`);
  return { asked, all };
}

function stageOf(cdk: typeof import('aws-cdk-lib'), stack: Stack): Stage {
  const stage = cdk.Stage.of(stack);
  if (!stage) throw new Error(`${stack.node.path}: a stack must stand in an App or a Stage to be synthesised`);
  return stage;
}

function flat(stacks: readonly SourceStack[]): SourceStack[] {
  return stacks.flatMap((stack) => [stack, ...flat([...stack.nested.values()])]);
}

function notReadable(received: unknown): Error {
  const given = isRecord(received) ? `an object with ${Object.keys(received).slice(0, 5).join(', ') || 'nothing in it'}` : String(received);
  return new Error(`expected a Stack, a Stage, a Template or a template with Resources, given ${given}`);
}
