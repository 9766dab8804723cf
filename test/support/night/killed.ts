interface Client {
  send(command: object): Promise<object>;
}

/** What a caller whose process was killed never learns. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/**
 * Clients of one process that dies at a request: before it is sent, or before its answer arrives. All requests after it die too.
 */
export class KilledAt {
  requests = 0;
  readonly #at: number;
  readonly #isSent: boolean;

  constructor(at: number, isSent: boolean) {
    this.#at = at;
    this.#isSent = isSent;
  }

  get isReached(): boolean {
    return this.requests >= this.#at;
  }

  client<T>(client: T): T {
    const { send } = client as Client;
    const dying = async (command: object): Promise<object> => {
      this.requests += 1;
      if (this.requests < this.#at) return send.call(client, command);
      if (this.requests === this.#at && this.#isSent) await send.call(client, command);
      throw new Killed(`at request ${this.requests}`);
    };
    return { send: dying } as T;
  }
}
