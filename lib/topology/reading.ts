import type { Count } from './graph';
import type { GraphBuilder } from './graph-builder';
import { API_GATEWAY, DYNAMODB, EVENTBRIDGE, FIREHOSE, LAMBDA, SNS, SQS, STEP_FUNCTIONS, STREAM } from './limits';
import type { Model, Resource, Target } from './model';
import type { Value } from './value';

/** How a receiver is called: waiting for its answer, or leaving the event with it. */
export type Manner = 'synchronous' | 'asynchronous';

/** A function behind a function, alias or version. */
export interface FunctionTarget {
  readonly function: Resource;
  readonly qualifier?: Resource;
}

const PARKING_DESK = 'cdk-breakwater:parkingDesk';

/** Whether a resource says that it is part of a parking desk: what keeps parked events, and sends them back when a person says so. */
export function isOfDesk(resource: Resource | undefined): boolean {
  return resource?.metadata(PARKING_DESK) === true;
}

/** Event source mapping from a queue to a function that says it is of a parking desk. */
export interface Intake {
  readonly mapping: Resource;
  /** Node of the queue. */
  readonly queue: string;
  /** Node of the function. */
  readonly intake: string;
}

/** What a function's plain name names. */
export const FUNCTION = ['AWS::Lambda::Function'] as const;

/** Reads one family of hand-overs out of the model. */
export type Reader = (reading: Reading) => void;

/** What all readers share: where events of a target land, and what a node takes. */
export class Reading {
  /** Asynchronous queues of functions that some reader needs: node id to function. */
  public readonly asynchronous = new Map<string, FunctionTarget>();

  /** Those of them that have settings of their own, by the ids of function and qualifier: whoever may invoke such a function is taken to do it asynchronously. */
  public readonly asynchronousByChoice = new Map<string, string>();

  /** What may be intakes of parking desks: told when all other deliveries are known. */
  public readonly intakes: Intake[] = [];

  public constructor(
    public readonly model: Model,
    public readonly builder: GraphBuilder,
  ) {}

  /** Follows an alias or version to its function. */
  public functionBehind(resource: Resource, depth = 0): FunctionTarget | undefined {
    if (resource.type === 'AWS::Lambda::Function') return { function: resource };
    if ((resource.type !== 'AWS::Lambda::Alias' && resource.type !== 'AWS::Lambda::Version') || depth > 2) return undefined;
    for (const target of this.model.targets(resource.get('FunctionName'), FUNCTION)) {
      const behind = target.kind === 'resource' ? this.functionBehind(target.resource, depth + 1) : undefined;
      if (behind) return { function: behind.function, qualifier: resource };
    }
    return undefined;
  }

  /** Nodes in which events given to this property land. */
  public places(from: Resource, value: Value, property: string, manner: Manner, types: readonly string[] = []): string[] {
    return unique(this.builder.targets(from, value, property, types).map((target) => this.place(target, from, property, manner)));
  }

  public place(target: Target, from: Resource, property: string, manner: Manner): string {
    if (target.kind === 'resource') {
      const { resource } = target;
      const behind = this.functionBehind(resource);
      if (behind) return manner === 'synchronous' ? this.builder.node(behind.function) : this.asynchronousQueue(behind);
      if (resource.type === 'AWS::Kinesis::StreamConsumer') {
        const stream = this.model.single(resource.get('StreamARN'), 'AWS::Kinesis::Stream');
        if (stream) return this.builder.node(stream);
      }
      if (resource.type === 'AWS::ApiGateway::Stage' || resource.type === 'AWS::ApiGateway::Deployment') {
        const api = this.model.single(resource.get('RestApiId'), 'AWS::ApiGateway::RestApi');
        if (api) return this.builder.node(api);
      }
    }
    return this.builder.targetNode(target, from, property);
  }

  /** The internal queue of a function; one per qualifier, because destinations are set per qualifier. */
  public asynchronousQueue(target: FunctionTarget): string {
    const suffix = target.qualifier ? `asynchronous ${target.qualifier.ref.logicalId}` : 'asynchronous';
    const id = this.builder.part(target.function, suffix, 'asynchronous-invocation');
    this.asynchronous.set(id, target);
    return id;
  }

  /** Largest event a node takes, in bytes. */
  public accepts(nodeId: string, manner: Manner): Count {
    const node = this.builder.nodes.get(nodeId)!;
    const resource = this.model.resources.get(nodeId);
    switch (node.kind) {
      case 'function':
        return manner === 'synchronous' ? LAMBDA.synchronousBytes : LAMBDA.asynchronousBytes;
      case 'asynchronous-invocation':
        return LAMBDA.asynchronousBytes;
      case 'queue':
        return resource ? resource.get('MaximumMessageSize').number(SQS.bytes, 'smallest') : SQS.bytes;
      case 'topic':
        return resource ? resource.get('MaximumMessageSize').number(SNS.bytes, 'smallest') : SNS.bytes;
      case 'state-machine':
        return STEP_FUNCTIONS.bytes;
      case 'bus':
      case 'rule':
        return EVENTBRIDGE.bytes;
      case 'stream':
        return STREAM.bytes;
      case 'delivery-stream':
        return FIREHOSE.bytes;
      case 'table':
        return DYNAMODB.itemBytes;
      case 'api':
        return API_GATEWAY.bytes;
      default:
        return 'unlimited';
    }
  }
}

export function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** Sum of counts; what has no bound or isn't known makes the sum so. */
export function sum(...counts: readonly Count[]): Count {
  if (counts.includes('unknown')) return 'unknown';
  if (counts.includes('unlimited')) return 'unlimited';
  return bounded(counts.reduce<number>((total, count) => total + (count as number), 0));
}

export function product(...counts: readonly Count[]): Count {
  if (counts.includes(0)) return 0;
  if (counts.includes('unknown')) return 'unknown';
  if (counts.includes('unlimited')) return 'unlimited';
  return bounded(counts.reduce<number>((total, count) => total * (count as number), 1));
}

/** What is larger than any number has no bound; JSON has no word for infinity. */
function bounded(count: number): Count {
  return Number.isFinite(count) ? count : 'unlimited';
}
