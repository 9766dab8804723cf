import type {
  AuditEntry,
  DeskAnswers,
  Operation,
  ParkedGroup,
  ParkedMessage,
  ParkedState,
  ParkingJob,
} from '../../../lib/operate/storm/contract';

/** More than a list of this storm holds. */
export const ALL = '100000';

/** What `breakwater parked` answers with `--json`, as far as the storm reads it. */
export class CommandLine {
  readonly #operation: Operation;

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  async groups(): Promise<readonly ParkedGroup[]> {
    const { desks } = await this.#json<{ readonly desks: readonly { readonly groups: readonly ParkedGroup[] }[] }>('groups');
    return desks.flatMap(({ groups }) => groups);
  }

  async messages(group: string, state: ParkedState): Promise<readonly ParkedMessage[]> {
    const list = ['list', group, '--state', state, '--limit', ALL];
    return (await this.#json<{ readonly messages: readonly ParkedMessage[] }>(...list)).messages;
  }

  async body(message: string): Promise<string> {
    return (await this.#json<Pick<DeskAnswers['show'], 'body'>>('show', message)).body.data;
  }

  async jobs(): Promise<readonly ParkingJob[]> {
    const { desks } = await this.#json<{ readonly desks: readonly { readonly jobs: readonly ParkingJob[] }[] }>('jobs');
    return desks.flatMap(({ jobs }) => jobs);
  }

  async audit(): Promise<readonly AuditEntry[]> {
    const { desks } = await this.#json<{ readonly desks: readonly { readonly entries: readonly AuditEntry[] }[] }>('audit', '--limit', ALL);
    return desks.flatMap(({ entries }) => entries);
  }

  async #json<Answer>(...args: readonly string[]): Promise<Answer> {
    return JSON.parse(await this.#operation.parked([...args, '--json'])) as Answer;
  }
}
