import type { SFNClient } from '@aws-sdk/client-sfn';

interface Input {
  readonly name?: string;
  readonly input?: string;
  readonly stateMachineArn?: string;
  readonly executionArn?: string;
}

interface Execution {
  readonly input: string;
  status: string;
}

const fault = (name: string): Error => Object.assign(new Error(name), { name });

/** Executions of one state machine. AWS answers the same name and input of one that runs as if it were new, the local engine says that it exists; both say so of one that has ended. */
export class Executions {
  readonly byName = new Map<string, Execution>();
  readonly #kind: 'aws' | 'engine';

  constructor(kind: 'aws' | 'engine') {
    this.#kind = kind;
  }

  readonly client = {
    send: async (command: { readonly constructor: { readonly name: string }; readonly input: Input }): Promise<object> => {
      switch (command.constructor.name) {
        case 'StartExecutionCommand':
          return this.#start(command.input);
        case 'DescribeExecutionCommand': {
          const found = this.byName.get(command.input.executionArn!.split(':').at(-1)!);
          if (found === undefined) throw fault('ExecutionDoesNotExist');
          return { status: found.status };
        }
        default:
          throw new Error(`no ${command.constructor.name} here`);
      }
    },
  } as unknown as Pick<SFNClient, 'send'>;

  end(name: string, status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'): void {
    this.byName.get(name)!.status = status;
  }

  #start({ name = '', input = '', stateMachineArn = '' }: Input): object {
    const running = this.byName.get(name);
    if (running !== undefined && !(this.#kind === 'aws' && running.status === 'RUNNING' && running.input === input))
      throw fault('ExecutionAlreadyExists');
    this.byName.set(name, running ?? { input, status: 'RUNNING' });
    return { executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}` };
  }
}
