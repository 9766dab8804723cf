import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Assignment, Measurement } from './effects-function';

interface Answer {
  readonly measurement?: Measurement;
  readonly failure?: string;
}

/** One process for each way to get an effect. */
export class Functions {
  readonly #processes = new Map<string, ChildProcess>();

  async work(assignment: Assignment): Promise<Measurement> {
    const child = this.#processes.get(assignment.subject) ?? this.#start(assignment.subject);
    child.send(assignment);
    const answered = new AbortController();
    const { signal } = answered;
    try {
      const ended = once(child, 'exit', { signal }).then(([code]) => ({ failure: `its process ended with ${code}` }));
      const answer: Answer = await Promise.race([once(child, 'message', { signal }).then(([message]) => message as Answer), ended]);
      if (answer.measurement === undefined) throw new Error(`${assignment.subject}: ${answer.failure}`);
      return answer.measurement;
    } finally {
      answered.abort();
    }
  }

  stop(): void {
    for (const child of this.#processes.values()) child.kill();
  }

  #start(subject: string): ChildProcess {
    const child = fork(path.join(__dirname, 'effects-function.js'), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    });
    this.#processes.set(subject, child);
    return child;
  }
}
