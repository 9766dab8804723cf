/** A promise that a schedule broke. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** Set by who ran the schedule. */
  schedule: readonly string[] = [];

  constructor(
    readonly promise: string,
    detail: string,
  ) {
    super(`${promise}: ${detail}`);
  }

  withSchedule(schedule: readonly string[]): this {
    this.schedule = schedule;
    this.message = `${this.message}\n${schedule.map((step, index) => `${String(index + 1).padStart(4)}. ${step}`).join('\n')}`;
    return this;
  }
}
