export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads what a function's environment holds, and keeps every fault, so that the start fails once and names them all. */
export class EnvironmentReader {
  readonly #environment: Environment;
  readonly #faults: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * @param parse undefined for a value that is not allowed
   * @param allowed what is, for people
   * @returns what it is not once there is a fault: call `check` before using any of it
   */
  read<T>(name: string, parse: (value: string) => T | undefined, allowed: string): T {
    const value = this.#environment[name];
    const parsed = value ? parse(value) : undefined;
    if (parsed === undefined) this.#faults.push(`${name} must be ${allowed}, given ${value ? JSON.stringify(value) : 'nothing'}`);
    return parsed as T;
  }

  /** @throws Error that names every variable which is missing or wrong */
  check(reader: string, advice: string): void {
    if (this.#faults.length > 0) throw new Error(`${reader}: ${this.#faults.join('; ')}. ${advice}`);
  }
}

export function positiveInteger(value: string): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) && number >= 1 ? number : undefined;
}
