interface Client {
  send(command: object): Promise<object>;
}

/** Clients of one process, between two of whose requests something else happens from its beginning to its end. */
export class Interrupted {
  requests = 0;
  readonly #at: number;
  readonly #meanwhile: () => Promise<void>;

  /** @param at before which request it happens, 1 for the first */
  constructor(at: number, meanwhile: () => Promise<void>) {
    this.#at = at;
    this.#meanwhile = meanwhile;
  }

  client<T>(client: T): T {
    const { send } = client as Client;
    const interrupted = async (command: object): Promise<object> => {
      this.requests += 1;
      if (this.requests === this.#at) await this.#meanwhile();
      return send.call(client, command);
    };
    return { send: interrupted } as T;
  }
}
