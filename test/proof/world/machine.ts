import { createHash } from 'node:crypto';
import type { Clock } from '../../../lib/runtime/clock';
import type { Step, World } from '../explorer/explore';
import { type Answered, answerTo, type Call, describe, Process } from './process';
import { isServiceError, timeout } from './requests';
import { type Fault, FUNCTION_MILLISECONDS, type Weather } from './scenario';
import { comparable } from './state-text';
import { VirtualClock } from './virtual-clock';
import { drawingFrom, timeIs } from './virtual-environment';

/** A function instance and what it works on. */
export interface Invocation<W> {
  readonly process: Process;
  readonly work: W;
  /** Everything about it that its program can tell apart. */
  readonly given: unknown;
  readonly startedAt: number;
}

/** What a function answers, and what that does. */
export interface Answer {
  readonly text: string;
  readonly reach: () => void;
}

/** An instance that answered while it waited for something, which has happened since. */
interface Frozen<W> {
  readonly invocation: Invocation<W>;
  readonly call: Call;
  readonly answer: Answered;
}

/** A request that nobody waits for any more. */
interface Stray {
  readonly from: string;
  readonly call: Call;
}

/** Function instances, the time, and what goes wrong. Nothing happens in it but what a schedule says. */
export abstract class Machine<W> implements World {
  readonly schedule: string[] = [];
  protected readonly clock = new VirtualClock();
  protected invocations: readonly Invocation<W>[] = [];
  readonly #weather: Weather;
  #frozen: readonly Frozen<W>[] = [];
  #thawed: readonly Invocation<W>[] = [];
  #strays: readonly Stray[] = [];
  #faults = 0;
  #started = 0;
  #protest: unknown;

  constructor(weather: Weather) {
    this.#weather = weather;
    timeIs(this.clock);
  }

  /** What begins when nothing goes wrong and nobody interferes. */
  protected abstract beginnings(): Step[];
  /** What else may happen outside of the instances, faults last. */
  protected abstract interferences(): Step[];
  /** The next time for which something outside of the instances waits. */
  protected abstract nextMoment(): number | undefined;
  /** Everything outside of the instances from which something can follow. */
  protected abstract state(): unknown;
  abstract rest(): boolean;
  /** Called when an instance has ended without an answer. */
  protected crashed(_invocation: Invocation<W>): void {}

  steps(): Step[] {
    const running = [...this.invocations, ...this.#thawed];
    const urgent = running.find(({ process }) => process.calls.some((call) => call.urgent));
    if (urgent !== undefined) return this.#stepsOf(urgent);
    const own = running.flatMap((invocation) => this.#stepsOf(invocation));
    const calm = [...own.filter((step) => step.calm), ...this.beginnings(), ...this.#strays.map((stray) => this.#arrival(stray))];
    const losses = this.#strays.map((stray) =>
      this.step(false, `${stray.from}: ${stray.call.name} never arrives`, () => this.#forget(stray)),
    );
    const faults = own.filter((step) => !step.calm);
    return [...calm, ...this.#passing(calm.length === 0), ...losses, ...this.interferences(), ...faults, ...this.#thaws()];
  }

  async take(step: Step): Promise<void> {
    this.schedule.push(step.name);
    step.take();
    await new Promise(setImmediate);
    if (this.#protest !== undefined) throw this.#protest;
    this.#thawed = this.#thawed.filter(({ process }) => process.calls.length > 0);
  }

  digest(): string {
    const { now } = this.clock;
    const instances = (list: readonly Invocation<W>[]) =>
      list
        .map(({ process, given, startedAt }) =>
          JSON.stringify([
            process.identity,
            given,
            process.history,
            process.calls.map(({ request }) => request),
            now - startedAt,
            this.clock.remaining(process),
          ]),
        )
        .sort();
    const state = JSON.stringify([
      this.state(),
      [instances(this.invocations), instances(this.#thawed)],
      this.#frozen.map(({ invocation, call, answer }) => [invocation.process.history, call.request, describe(answer)]),
      this.#strays.map(({ call }) => call.request).sort(),
      this.#faults,
    ]);
    const holders = [...this.invocations, ...this.#thawed, ...this.#frozen.map(({ invocation }) => invocation)];
    const text = comparable(state, now, new Set(holders.map(({ process }) => process.identity)));
    return createHash('md5').update(text).digest('base64');
  }

  /**
   * Starts a function instance.
   *
   * @param given everything in `work` that the program can tell apart
   * @param identity no other instance has it, and it does not depend on the order in which they begin
   */
  protected start<T>(
    identity: string,
    given: unknown,
    work: W,
    run: (invocation: Invocation<W>, clock: Clock) => Promise<T>,
    answered: (outcome: { readonly value: T } | { readonly error: unknown }) => Answer,
  ): void {
    const startedAt = this.clock.now;
    const process = new Process(`${identity} (${++this.#started})`, identity, () => this.clock.now - startedAt);
    const invocation = { process, work, given, startedAt };
    this.invocations = [...this.invocations, invocation];
    const answer = ({ text, reach }: Answer) =>
      process.ask({
        name: `answers ${text}`,
        request: `answer ${text}`,
        reach: () => this.#end(invocation, reach),
        last: true,
        unanswered: 'cannot be',
        refusals: [],
      });
    drawingFrom(process, () => run(invocation, this.clock.for(process))).then(
      (value) => answer(answered({ value })),
      (error: unknown) => answer(answered({ error })),
    );
  }

  /** Whether a request with this text may still reach its service. */
  protected mayComeAgain(text: string): boolean {
    const alive = [...this.invocations, ...this.#thawed, ...this.#frozen.map(({ invocation }) => invocation)];
    return alive.some(({ process }) => text.endsWith(process.identity)) || this.#strays.some(({ call }) => call.request.includes(text));
  }

  /** Has somebody look at what becomes visible, whose protest ends the schedule. */
  protected observe(look: () => void): void {
    try {
      look();
    } catch (violation) {
      this.#protest ??= violation;
    }
  }

  protected step(calm: boolean, name: string, take: () => void): Step {
    return { calm, name, take };
  }

  protected fault(fault: Fault, name: string, take: () => void): Step[] {
    const { mostFaults, faults } = this.#weather;
    if (this.#faults >= mostFaults || !faults.includes(fault)) return [];
    const counted = () => {
      this.#faults++;
      take();
    };
    return [this.step(false, name, counted)];
  }

  #stepsOf(invocation: Invocation<W>): Step[] {
    const { process } = invocation;
    const own = process.calls.flatMap((call) => [
      this.step(true, `${process.name}: ${call.name}`, () => process.proceed(call)),
      ...this.#faultsOf(process, call),
    ]);
    return [...own, ...this.fault('crash', `${process.name} crashes`, () => this.#crash(invocation)), ...this.#freezes(invocation)];
  }

  #faultsOf(process: Process, call: Call): Step[] {
    const refusals = [
      ...call.refusals.flatMap(({ fault, name, error }) =>
        this.fault(fault, `${process.name}: ${call.name} ${name}`, () => process.fail(call, error())),
      ),
      ...(call.otherwise ?? []).flatMap(({ fault, name, reach }) =>
        this.fault(fault, `${process.name}: ${call.name} ${name}`, () => process.settle(call, answerTo({ reach }))),
      ),
    ];
    switch (call.unanswered) {
      case 'cannot be':
        return refusals;
      case 'on its way':
        return [
          ...this.fault('timeout', `${process.name}: ${call.name} gets no answer`, () => {
            process.fail(call, timeout());
            this.#strays = [...this.#strays, { from: process.name, call }];
          }),
          ...refusals,
        ];
      case 'decided':
        return [
          ...this.fault('timeout', `${process.name}: ${call.name} does not arrive`, () => process.fail(call, timeout())),
          ...this.fault('timeout', `${process.name}: the answer to ${call.name} is lost`, () => {
            call.reach();
            process.fail(call, timeout());
          }),
          ...refusals,
        ];
    }
  }

  #end(invocation: Invocation<W>, last: () => void): void {
    last();
    const { process } = invocation;
    this.invocations = this.invocations.filter((candidate) => candidate !== invocation);
    this.clock.forget(process);
  }

  #crash(invocation: Invocation<W>): void {
    const { process } = invocation;
    this.#strays = [...this.#strays, ...process.crash().map((call) => ({ from: process.name, call }))];
    this.#end(invocation, () => this.crashed(invocation));
    this.#thawed = this.#thawed.filter((candidate) => candidate !== invocation);
  }

  #freezes(invocation: Invocation<W>): Step[] {
    const { process } = invocation;
    const answers = process.calls.find((call) => call.last);
    if (answers === undefined) return [];
    return process.calls
      .filter((call) => call !== answers)
      .flatMap((call) =>
        this.fault('thaw', `${process.name}: ${answers.name}, and freezes after ${call.name}`, () => {
          this.#frozen = [...this.#frozen, { invocation, call, answer: answerTo(call) }];
          process.proceed(answers);
        }),
      );
  }

  /** The next invocation of an instance finds the answer that the former one waited for. */
  #thaws(): Step[] {
    return this.#frozen.map((frozen) =>
      this.step(false, `${frozen.invocation.process.name} thaws after ${frozen.call.name}`, () => {
        this.#frozen = this.#frozen.filter((candidate) => candidate !== frozen);
        this.#thawed = [...this.#thawed, frozen.invocation];
        frozen.invocation.process.settle(frozen.call, frozen.answer);
      }),
    );
  }

  #arrival(stray: Stray): Step {
    return this.step(true, `${stray.from}: ${stray.call.name} arrives late`, () => {
      this.#forget(stray);
      try {
        stray.call.reach();
      } catch (error) {
        if (!isServiceError(error)) throw error;
      }
    });
  }

  #forget(stray: Stray): void {
    this.#strays = this.#strays.filter((candidate) => candidate !== stray);
  }

  #passing(calm: boolean): Step[] {
    const ends = this.#weather.endsWithFunction ? this.invocations.map(({ startedAt }) => startedAt + FUNCTION_MILLISECONDS) : [];
    const next = [this.clock.nextTimer(), this.nextMoment(), ...ends].filter((time) => time !== undefined);
    if (next.length === 0) return [];
    const time = Math.min(...next);
    const name = `${(time - this.clock.now) / 1_000} s pass`;
    const pass = () => {
      for (const invocation of this.#weather.endsWithFunction ? this.invocations : []) {
        if (invocation.startedAt + FUNCTION_MILLISECONDS <= time) this.#crash(invocation);
      }
      this.clock.advanceTo(time);
    };
    return calm ? [this.step(true, name, pass)] : this.fault('standstill', name, pass);
  }
}
