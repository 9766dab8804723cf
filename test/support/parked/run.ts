import { parked } from '../../../lib/operate/parked/command';
import { type TestTerminal, testTerminal } from '../terminal';
import { type DeskEndpoint, type DeskModel, startDeskEndpoint } from './desks';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly note: string;
  /** Message of what it threw. */
  readonly error: string;
}

export interface ParkedWorld {
  readonly endpoint: () => DeskEndpoint;
  /** One desk, of construct `Shop/Payments/Desk`. */
  deploy(model: DeskModel): void;
  run(args: readonly string[], terminal?: TestTerminal): Promise<Ran>;
}

/** An account behind HTTP for each test of the file, and the environment of somebody who may use it. */
export function parkedWorld(): ParkedWorld {
  const environment = { ...process.env };
  let endpoint: DeskEndpoint;
  beforeEach(async () => {
    endpoint = await startDeskEndpoint();
    Object.assign(process.env, endpoint.environment);
  });
  afterEach(() => {
    endpoint.stop();
    jest.restoreAllMocks();
    process.env = { ...environment };
  });
  return {
    endpoint: () => endpoint,
    deploy: (model) => {
      endpoint.account.desks = [{ stack: 'Shop', path: 'Shop/Payments/Desk', functionName: 'Shop-Desk', model }];
    },
    async run(args, terminal = testTerminal()) {
      try {
        return { code: await parked(args, terminal), ...terminal.written, error: '' };
      } catch (error) {
        return { code: -1, ...terminal.written, error: (error as Error).message };
      }
    },
  };
}
