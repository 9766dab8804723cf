/**
 * What the parking desk's construct, its functions and the command line agree on: environment names, keys of the store, what an operator can ask for and gets. Imports nothing.
 */

/** Environment of the desk's three functions. Each function gets what it uses. */
export const ParkingEnvironment = {
  /** Name of the table which holds groups, messages, jobs and the audit list. */
  TABLE: 'BREAKWATER_PARKING_TABLE',
  /** Name of the bucket which holds bodies. */
  BUCKET: 'BREAKWATER_PARKING_BUCKET',
  /** Days for which a parked message is kept. */
  RETENTION_DAYS: 'BREAKWATER_PARKING_RETENTION_DAYS',
  /** JSON of {@link ParkingLotSettings}`[]`: the parking lots this desk takes from, and where a redrive sends to. */
  LOTS: 'BREAKWATER_PARKING_LOTS',
  /** Instead of {@link LOTS} where they don't fit an environment: JSON array of names of SSM parameters, each JSON of a {@link ParkingLotSettings}. */
  LOT_PARAMETERS: 'BREAKWATER_PARKING_LOT_PARAMETERS',
  /** Messages of one group that must be parked before a customer's fault rings. */
  CUSTOMER_THRESHOLD: 'BREAKWATER_PARKING_CUSTOMER_THRESHOLD',
  /** ARN of the function that takes sensitive fields out of a body before it is stored; absent without one. */
  REDACTION_FUNCTION: 'BREAKWATER_PARKING_REDACTION_FUNCTION',
  /** ARN of the state machine that runs jobs. */
  STATE_MACHINE: 'BREAKWATER_PARKING_STATE_MACHINE',
} as const;

/** One parking lot, as intake and jobs see it. */
export interface ParkingLotSettings {
  /** ARN of the dead-letter queue. */
  readonly arn: string;
  readonly url: string;
  /** URL of the queue a redrive sends to. */
  readonly targetUrl: string;
  /** Whether the intake takes from it by itself; otherwise `adopt` reads it once. */
  readonly adopted?: boolean;
  /** Name of the worker's idempotency table: an effect is seen there. Absent when the queue's worker has none. */
  readonly idempotencyTable?: string;
  /** Name of the bucket whose claimed bodies messages refer to. */
  readonly claimBucket?: string;
  /** ARN of the worker, which validates edited messages by its own schema. Absent for a worker that is not ours. */
  readonly worker?: string;
  /** Names of alarms that stop a redrive. */
  readonly alarms?: readonly string[];
  /** Longest time in seconds from a redrive to the end of a message: all attempts of the retry budget with their delays. */
  readonly settledWithinSeconds: number;
}

/** Keys of the store's items. */
export const ParkingKey = {
  PARTITION: 'pk',
  SORT: 'sk',
  /** Index by group and state, and of the groups themselves. */
  INDEX: 'byGroup',
  INDEX_PARTITION: 'groupState',
  INDEX_SORT: 'position',
  EXPIRATION: 'expiration',
} as const;

/** Bodies lie under this prefix: `bodies/<message id>/<version>`. */
export const PARKED_BODY_PREFIX = 'bodies/';

/** Metrics of the desk, namespace `MetricNamespace`, dimensions `service` and `fault`. */
export const ParkingMetric = {
  /** A group opened or came back: counted once per group, however many messages it holds. */
  GROUP_OPENED: 'ParkedGroupOpened',
} as const;

/** Events on the account's default event bus; source {@link PARKING_EVENT_SOURCE}. */
export const ParkingEvent = {
  /** A group changed its state. */
  GROUP_CHANGED: 'Parked Group Changed',
  /** Messages were discarded, with who and why. */
  DISCARDED: 'Parked Messages Discarded',
} as const;
export const PARKING_EVENT_SOURCE = 'cdk-breakwater.parking';

/** Begins the description of the stack output by which a desk is found; the construct's path follows. The output's value is the name of the desk function. */
export const DESK_OUTPUT_DESCRIPTION = 'Parking desk of ';

/** Whose fault a group of parked messages is: something we can mend, or what a customer sent. */
export type Fault = 'ours' | 'customer';

/**
 * `open`: somebody has to decide. `acknowledged`: somebody has seen it, and it does not ring until then. `resolved`: nothing waits; it opens again when its fingerprint
 * returns. `ignored`: never rings.
 */
export type GroupState = 'open' | 'acknowledged' | 'resolved' | 'ignored';

/**
 * `parked` waits for a decision. `sending`: a redrive is about to send it, or just has. `sent`: it is on its way, its end is not known yet. `done`: its effect stands.
 * `returned`: it was parked again, see `later`. `discarded`: somebody decided that it needs no effect. `handed_over`: it was sent, and where it went nobody can see
 * whether it had an effect.
 */
export type ParkedState = 'parked' | 'sending' | 'sent' | 'done' | 'returned' | 'discarded' | 'handed_over';

export interface ParkedGroup {
  /** Fingerprint, 12 hex digits. */
  readonly group: string;
  readonly errorName: string;
  /** The message with what differs from one to the next taken out. */
  readonly errorMessage: string;
  /** Function that parked it, or the queue that moved it. */
  readonly handler: string;
  /** Name and version of the contract the message follows, as far as it says. */
  readonly contract: string;
  readonly fault: Fault;
  readonly state: GroupState;
  /** ISO 8601. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Number of messages by state. */
  readonly counts: Readonly<Record<ParkedState, number>>;
  /** Id of one of its messages. */
  readonly sample: string;
  readonly acknowledged?: { readonly by: string; readonly until: string };
  /** The job that works on it now. */
  readonly job?: string;
}

export interface ParkedMessage {
  /** 16 hex digits; the same for every copy of one parking. */
  readonly id: string;
  readonly group: string;
  readonly state: ParkedState;
  /** When it was parked, ISO 8601. */
  readonly parkedAt: string;
  /** When it was accepted at first, as far as is known: messages are redriven in this order. */
  readonly acceptedAt: string;
  /** When it is deleted. */
  readonly expiresAt: string;
  /** ARN of the parking lot it lay in. */
  readonly lot: string;
  readonly reason: string;
  readonly errorName: string;
  readonly errorMessage: string;
  readonly handler: string;
  readonly attempt?: number;
  readonly idempotencyKey?: string;
  readonly correlationId?: string;
  readonly traceId?: string;
  /** Group of a FIFO queue, or of a fair one. */
  readonly messageGroupId?: string;
  readonly bodyBytes: number;
  /** Whether a redaction took something out of the stored body. */
  readonly redacted: boolean;
  /** Number of edits; what is sent is the last version. */
  readonly edits: number;
  /** Former life: the message that was redriven and came back as this one. */
  readonly former?: string;
  /** Later life. */
  readonly later?: string;
  /** Last job that worked on it. */
  readonly job?: string;
}

export interface ParkedBody {
  readonly encoding: 'utf8' | 'base64';
  readonly data: string;
}

/** What a person did. */
export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
  /** For example `redrive`, `edit`, `discard`, `acknowledge`, `pause`. */
  readonly action: string;
  readonly group?: string;
  readonly message?: string;
  readonly job?: string;
  readonly because?: string;
  /** What else it was done with, for example `rate 20/s, canary 10`. */
  readonly detail?: string;
}

/** `planned` waits for its first step. `waiting` for the ends of what was sent. `stopped`: by itself or by a person, see `because`. */
export type JobState = 'planned' | 'canary' | 'running' | 'waiting' | 'paused' | 'stopped' | 'finished';
export type JobKind = 'redrive' | 'discard' | 'adopt' | 'wake';

export interface ParkingJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly group?: string;
  /** Only these messages of the group; all that are parked when absent. */
  readonly messages?: readonly string[];
  /** Parking lot that an `adopt` reads, ARN. */
  readonly lot?: string;
  readonly state: JobState;
  /** Messages a second. */
  readonly rate?: number;
  /** Messages sent first, whose ends are waited for. 0 for none. */
  readonly canary?: number;
  readonly by: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Why it stopped, in words. */
  readonly because?: string;
  readonly counts: {
    /** Messages it has to work on, as counted when it was planned. */
    readonly total: number;
    readonly sent: number;
    readonly done: number;
    readonly returned: number;
    readonly discarded: number;
    readonly handedOver: number;
    /** Taken from an adopted queue. */
    readonly taken: number;
  };
}

/** What a redrive would do, told before it is begun. */
export interface RedrivePlan {
  readonly group: string;
  readonly messages: number;
  readonly rate: number;
  readonly canary: number;
  /** Seconds at that rate, without the wait for the canary's ends. */
  readonly seconds: number;
  /** How many of the messages were looked at for the figures below. */
  readonly lookedAt: number;
  /** Their effect stands already: a redrive is acknowledged as a duplicate, nothing happens twice. */
  readonly effectStands: number;
  /** Their record says parked: a redrive may have the effect, once. */
  readonly guarded: number;
  /** They conflict with an event under the same key, so that a redrive parks them again. Edit or discard them. */
  readonly conflicting: number;
  /** Nobody knows their key: the worker decides on it, and the desk can't see their effect. */
  readonly withoutKey: number;
  /** Their body was redacted: what would be sent is not what came. */
  readonly redacted: number;
  /** Alarms that ring now and would stop the redrive at once. */
  readonly alarms: readonly string[];
  /** What a message costs: writes and requests, to be priced by whoever prints it. */
  readonly perMessage: { readonly queueRequests: number; readonly workerRuns: number; readonly writeUnits: number };
}

/** What the desk function is invoked with. */
export type DeskRequest =
  | { readonly command: 'groups'; readonly states?: readonly GroupState[] }
  | {
      readonly command: 'messages';
      readonly group: string;
      readonly state?: ParkedState;
      readonly limit?: number;
      readonly cursor?: string;
    }
  | { readonly command: 'show'; readonly message: string }
  | { readonly command: 'plan'; readonly group: string; readonly rate: number; readonly canary: number }
  | {
      readonly command: 'redrive';
      readonly group: string;
      readonly messages?: readonly string[];
      readonly rate: number;
      readonly canary: number;
      readonly by: string;
    }
  | {
      readonly command: 'discard';
      readonly group: string;
      readonly messages?: readonly string[];
      readonly because: string;
      readonly by: string;
    }
  | { readonly command: 'adopt'; readonly queue: string; readonly by: string }
  | { readonly command: 'job'; readonly job: string }
  | { readonly command: 'jobs' }
  | { readonly command: 'pause' | 'resume' | 'stop'; readonly job: string; readonly by: string }
  | {
      readonly command: 'edit';
      readonly message: string;
      readonly body: ParkedBody;
      readonly because: string;
      readonly by: string;
    }
  | { readonly command: 'acknowledge'; readonly group: string; readonly until: string; readonly by: string }
  | { readonly command: 'resolve' | 'ignore' | 'reopen'; readonly group: string; readonly by: string; readonly because?: string }
  | { readonly command: 'audit'; readonly group?: string; readonly cursor?: string };

/** What it answers, by command. Throws {@link DESK_ERROR} with a sentence for a person when it refuses. */
export interface DeskAnswers {
  readonly groups: { readonly groups: readonly ParkedGroup[] };
  readonly messages: { readonly messages: readonly ParkedMessage[]; readonly cursor?: string };
  readonly show: {
    readonly message: ParkedMessage;
    /** The event itself, as the worker's handler would get it: the envelope and a claim are taken off. */
    readonly body: ParkedBody;
    /** Text attributes the message had in the queue. */
    readonly attributes: Readonly<Record<string, string>>;
    /** Earlier versions of the body, oldest first. */
    readonly versions: ReadonlyArray<{ readonly at: string; readonly by: string; readonly because: string }>;
    readonly history: readonly AuditEntry[];
  };
  readonly plan: { readonly plan: RedrivePlan };
  readonly redrive: { readonly job: ParkingJob };
  readonly discard: { readonly job: ParkingJob };
  readonly adopt: { readonly job: ParkingJob };
  readonly job: { readonly job: ParkingJob };
  readonly jobs: { readonly jobs: readonly ParkingJob[] };
  readonly pause: { readonly job: ParkingJob };
  readonly resume: { readonly job: ParkingJob };
  readonly stop: { readonly job: ParkingJob };
  readonly edit: { readonly message: ParkedMessage; readonly validated: 'valid' | 'not validated' };
  readonly acknowledge: { readonly group: ParkedGroup };
  readonly resolve: { readonly group: ParkedGroup };
  readonly ignore: { readonly group: ParkedGroup };
  readonly reopen: { readonly group: ParkedGroup };
  readonly audit: { readonly entries: readonly AuditEntry[]; readonly cursor?: string };
}

/** Name of the error by which the desk refuses a request; its message is written for a person. */
export const DESK_ERROR = 'DeskError';

/** Input of an execution of the state machine, which hands it to the job function as it is, step after step. */
export interface JobStep {
  readonly job: string;
  /** Number of the execution, 1 for the first. A resumed job has a new one, and the steps of a former one end. */
  readonly execution: number;
}
/** What the job function answers: whether to call it again, and after how many seconds. */
export interface JobStepAnswer {
  readonly next: 'again' | 'end';
  readonly waitSeconds: number;
}

/** Asks a `worker()` whether its schema takes a message, without running its handler. */
export interface ValidationRequest {
  readonly breakwaterValidate: 1;
  /** The message's body as it would stand on the queue. */
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}
export interface ValidationAnswer {
  readonly valid: boolean;
  /** Why not, with the path of the field. */
  readonly error?: string;
}

/** What a redaction function is invoked with, and what it answers: the body as it is to be stored. */
export interface RedactionRequest {
  readonly body: ParkedBody;
  readonly handler: string;
  readonly errorName: string;
}
export interface RedactionAnswer {
  readonly body: ParkedBody;
}
