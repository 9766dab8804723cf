import path from 'node:path';
import { type EventPattern, type IEventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import type { Construct } from 'constructs';
import { BREAKING_REMEDY, brokenBy, brokenText } from '../event-contracts/compatibility';
import type { Contract } from '../event-contracts/contract';
import { ContractFault } from '../event-contracts/contract-fault';
import { checkContract } from '../event-contracts/contract-file';
import { readContractFile, readVersions } from '../event-contracts/contract-folder';
import { registrySchema } from '../event-contracts/registry-schema';
import { queueTarget } from './queue-target';
import type { QueueWorker } from './queue-worker';

/** What a contract says that stands in code. */
export interface EventContractProps {
  /** `detail-type` of the event, for example `order.shipped`: a letter, then letters, digits and `._-`, at most 128. */
  readonly name: string;
  /** A whole number from 1. */
  readonly version: number;
  /** `source` of the event, for example `acme.orders`; never beginning with `aws.`. */
  readonly source: string;
  /** JSON Schema of the event's `data`: 2020-12, or what its own `$schema` says (2019-09, draft-07). */
  readonly schema: { [keyword: string]: unknown };
  /**
   * Who answers for the event.
   *
   * @default - nobody is named
   */
  readonly owner?: string;
  /**
   * Examples of `data`; each must be as the schema has it.
   *
   * @default - none
   */
  readonly examples?: unknown[];
}

/** From which bus to which queue. */
export interface ContractRuleProps {
  /** Where the event is published. */
  readonly eventBus: IEventBus;
  /** Works the events off. What the bus can't hand to its queue in the time of its retry budget lands in its parking lot. */
  readonly worker: QueueWorker;
}

/**
 * Name, version and schema of an event: what publisher and receivers agree on.
 *
 * On the bus, `detail-type` is the name, `detail.metadata.version` the version, and `detail.data` is as the schema has it: so does `transaction.emit` of
 * `cdk-breakwater/runtime` publish.
 */
export class EventContract {
  /**
   * A contract in `contracts/<name>/<version>.json`, with its published versions beside it. The JSON Schema of such a file is `cdk-breakwater/schemas/event-contract.json`.
   *
   * @param file path of the file, relative to the working directory
   * @throws when the file, its schema or one of its examples is not as it should be, or when the version breaks consumers of those before it that it serves
   *   (`compatibleFrom` of the file); the message names the field by its JSON pointer
   */
  public static fromFile(file: string): EventContract {
    const contract = readContractFile(file);
    const [broken] = brokenBy(contract, readVersions(path.dirname(file)));
    if (broken !== undefined) throw new ContractFault(`${file}: ${brokenText(broken)}\n${BREAKING_REMEDY}`);
    return new EventContract(contract);
  }

  /**
   * A contract that stands in code. It is compared with no other version.
   *
   * @throws as `fromFile` does
   */
  public static of(props: EventContractProps): EventContract {
    return new EventContract(checkContract(`EventContract.of ${props.name}`, props));
  }

  /** `detail-type` of the event. */
  public readonly name: string;
  /** Version of the contract. */
  public readonly version: number;
  /** `source` of the event. */
  public readonly source: string;
  /** Who answers for the event. */
  public readonly owner?: string;
  /** @internal */
  public readonly _contract: Contract;

  private constructor(contract: Contract) {
    this.name = contract.name;
    this.version = contract.version;
    this.source = contract.source;
    this.owner = contract.owner;
    this._contract = contract;
  }

  /** Pattern of a rule that takes this version of the event and no other. */
  public eventPattern(): EventPattern {
    return { source: [this.source], detailType: [this.name], detail: { metadata: { version: [this.version] } } };
  }

  /**
   * A rule from the bus to the queue of a worker. The message is `detail` alone, which is the same for every copy of the event; what the bus can't hand over in the
   * time of the worker's retry budget is parked.
   */
  public addRule(scope: Construct, id: string, props: ContractRuleProps): Rule {
    return new Rule(scope, id, {
      eventBus: props.eventBus,
      description: `${this.name} version ${this.version}`,
      eventPattern: this.eventPattern(),
      // EventBridge's own envelope is another one for each copy.
      targets: [queueTarget(props.worker, RuleTargetInput.fromEventPath('$.detail'))],
    });
  }

  /**
   * An entry of an EventBridge schema registry, where other teams look for events: the whole event as JSON Schema draft 4, named `<source>@<name>`. Of several versions
   * enter the last; the registry keeps the ones before.
   *
   * @param registryName name of a registry that exists
   * @throws when the contract's schema says what draft 4 can't: `propertyNames`, `unevaluated…`, counts of `contains`, references other than to `$defs`
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-schema.html
   */
  public register(scope: Construct, id: string, registryName: string): CfnSchema {
    return new CfnSchema(scope, id, {
      registryName,
      schemaName: `${this.source}@${this.name}`,
      type: 'JSONSchemaDraft4',
      description: this.owner === undefined ? `Version ${this.version}` : `Version ${this.version}, of ${this.owner}`,
      content: registrySchema(this._contract),
    });
  }
}
