import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Change, InMemoryTables, type SentCommand } from '../../support/in-memory-table/in-memory-tables';
import type { Step } from '../explorer/explore';
import { Violation } from '../explorer/violation';
import type { ApiScenario, Caller } from './api-scenario';
import { type Answer, type Invocation, Machine } from './machine';
import { clientOf, isServiceError } from './requests';
import { EFFECTS, FUNCTION_MILLISECONDS, RECORDS } from './scenario';
import { Witness } from './witness';

export const ApiPromises = {
  ANSWERED: 'who is told that it is done finds it done, by the attempt that the answer names',
  OTHER_BODY: 'a key is refused only when another request was sent under it',
  /** While fewer replies of the table are lost than writes are tried in place. */
  FAILED: 'an attempt that is answered with a failure has no effect',
  FINAL: 'every caller has an answer once nothing fails any more',
} as const;

/** How long a caller waits for an answer: the lease of a dead attempt has ended then. */
const PATIENCE_MILLISECONDS = FUNCTION_MILLISECONDS + 1_000;

interface Correspondence {
  readonly caller: Caller;
  readonly tries: number;
  /** When the caller sends again, in milliseconds since the epoch. */
  readonly at: number;
  readonly state: 'to be sent' | 'sent' | 'done' | 'refused';
}

/** Callers of a function behind an HTTP API, and its tables. */
export class ApiWorld extends Machine<string> {
  readonly #scenario: ApiScenario;
  readonly #witness = new Witness();
  readonly #tables: InMemoryTables;
  readonly #callers = new Map<string, Correspondence>();
  readonly #effects = new Map<string, string>();

  constructor(scenario: ApiScenario) {
    super(scenario);
    this.#scenario = scenario;
    this.#tables = new InMemoryTables({ now: () => this.clock.now });
    this.#tables.createTable(RECORDS, 'id');
    this.#tables.createTable(EFFECTS, 'id');
    for (const caller of scenario.callers) {
      this.#witness.accept({ name: caller.order, key: caller.key });
      this.#callers.set(caller.name, { caller, tries: 0, at: this.clock.now, state: 'to be sent' });
    }
  }

  rest(): boolean {
    for (const { caller, state } of this.#callers.values()) {
      if (state !== 'done' && state !== 'refused') throw new Violation(ApiPromises.FINAL, `${caller.name} has none`);
    }
    return false;
  }

  protected beginnings(): Step[] {
    return [...this.#callers.values()]
      .filter(({ state, tries, at }) => state === 'to be sent' && tries < this.#scenario.attempts && at <= this.clock.now)
      .map(({ caller, tries }) => this.step(true, `${caller.name} sends its request (${tries + 1})`, () => this.#send(caller, tries + 1)));
  }

  protected interferences(): Step[] {
    return [];
  }

  protected nextMoment(): number | undefined {
    const later = [...this.#callers.values()].filter(({ state, at }) => state === 'to be sent' && at > this.clock.now).map(({ at }) => at);
    return later.length === 0 ? undefined : Math.min(...later);
  }

  protected state(): unknown {
    return [
      [this.#tables.items(RECORDS), this.#tables.items(EFFECTS), this.#tables.tokens().filter(([token]) => this.mayComeAgain(token))],
      [...this.#callers.values()].map(({ caller, tries, at, state }) => [caller.name, tries, Math.max(0, at - this.clock.now), state]),
      this.#witness.digest(),
    ];
  }

  protected override crashed({ work: name }: Invocation<string>): void {
    const { caller, tries, state } = this.#callers.get(name)!;
    if (state === 'sent') this.#callers.set(name, { caller, tries, at: this.clock.now + PATIENCE_MILLISECONDS, state: 'to be sent' });
  }

  #send(caller: Caller, tries: number): void {
    this.#callers.set(caller.name, { caller, tries, at: 0, state: 'sent' });
    const attempt = `attempt ${tries} of ${caller.name}`;
    this.start(
      attempt,
      undefined,
      caller.name,
      ({ process }, clock) =>
        this.#scenario.program({
          clock,
          attempt,
          dynamoDb: clientOf(process, this.#scenario, (command) => this.#write(command)),
          handle: (order) =>
            process.ask({
              name: `handles ${order}`,
              request: `handle ${order}`,
              reach: () => undefined,
              urgent: !this.#scenario.slowHandlers,
              unanswered: 'cannot be',
              refusals: [{ fault: 'failure', name: 'fails', error: () => new Error('the handler failed') }],
            }),
        })(requestOf(caller)),
      (outcome): Answer => {
        const answer = 'error' in outcome ? { statusCode: 500, body: String(outcome.error) } : outcome.value;
        return { text: JSON.stringify(answer), reach: () => this.observe(() => this.#answered(caller, tries, attempt, answer)) };
      },
    );
  }

  #answered(caller: Caller, tries: number, attempt: string, { statusCode = 0, headers, body }: APIGatewayProxyStructuredResultV2): void {
    const { name, order } = caller;
    const effect = this.#effects.get(order);
    if (statusCode === 201) {
      this.#callers.set(name, { caller, tries, at: 0, state: 'done' });
      if (JSON.parse(body!).by !== effect)
        throw new Violation(ApiPromises.ANSWERED, `${name} is told ${body}, it was ${effect ?? 'nobody'}`);
      this.#witness.returned(order, body);
      return;
    }
    if (statusCode === 422) {
      this.#callers.set(name, { caller, tries, at: 0, state: 'refused' });
      const others = [...this.#callers.values()].filter((other) => other.caller.key === caller.key && other.caller.order !== order);
      if (others.every((other) => other.tries === 0)) throw new Violation(ApiPromises.OTHER_BODY, `${name} is refused`);
      return;
    }
    if (effect === attempt) throw new Violation(ApiPromises.FAILED, `${attempt} is answered ${statusCode}`);
    const seconds = Number(headers?.['retry-after'] ?? 1);
    this.#callers.set(name, { caller, tries, at: this.clock.now + seconds * 1_000, state: 'to be sent' });
  }

  #write(command: SentCommand): object {
    const changes: Change[] = [];
    try {
      return this.#tables.answer(command, (change) => changes.push(change));
    } catch (error) {
      if (!isServiceError(error)) {
        this.observe(() => {
          throw error;
        });
      }
      throw error;
    } finally {
      for (const change of changes) this.observe(() => this.#witnessed(change));
    }
  }

  #witnessed(change: Change): void {
    if (change.table === RECORDS) this.#witness.record(change, this.clock.now);
    if (change.table !== EFFECTS || change.next === undefined) return;
    const attempt = change.next.by_copy!.S!;
    this.#effects.set(change.next.id!.S!, attempt);
    this.#witness.effect(change.next.id!.S!, { copy: attempt, marks: [] });
  }
}

function requestOf({ key, order }: Caller): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/orders',
    rawQueryString: '',
    headers: { 'idempotency-key': key, 'content-type': 'application/json' },
    requestContext: { requestId: 'request', http: { method: 'POST' } },
    body: JSON.stringify({ order }),
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2;
}
