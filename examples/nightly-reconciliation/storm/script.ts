import type { Played, StormScene } from '../../../lib/operate/storm/contract';
import { changeLive } from '../../live-function';
import { describeNights, type NightAccount, type RefusedRun, type RunAccount } from './account';
import { balancesNight } from './balances';
import { damagedNights } from './damaged';
import { keepFiles, keepReports } from './keep';
import { killsOfFirstAttempt, killsOfSecondAttempt } from './kills';
import { outcomeFaults } from './outcome-checks';
import { breaksIn, movesOf, type Register, registerFaults } from './register-checks';
import { generateNights, type NightFiles } from './sides';
import { Site, type Started } from './site';
import { type JudgedReport, judge } from './truth';

/** Two nights around the end of daylight saving in Zurich: two o'clock comes twice on the 25th of October 2026, and that day has 25 hours. */
const DATES = { first: '2026-10-24', second: '2026-10-25' } as const;
const TWO_OCLOCK = { first: '2026-10-25T00:00:00Z', again: '2026-10-25T01:00:00Z', dayAfter: '2026-10-26T01:00:00Z' } as const;
/** Parts of so few rows are not worth a function in production; here they make a night of several parts, to be killed among. Compressed files count for more: there are some more of them. */
const PARTS = 4;
/** Of one judgement, this many findings are printed: one wrong rule makes hundreds. */
const FINDINGS_SHOWN = 5;

/** What was found until now. */
class Findings {
  readonly runs: RunAccount[] = [];
  readonly faults: string[] = [];
  readonly claims: { claim: string; holds: boolean }[] = [];
  readonly seconds: Record<string, number> = {};

  claim(claim: string, holds: boolean): void {
    this.claims.push({ claim, holds });
    if (!holds) this.faults.push(`not so: ${claim}`);
  }
}

/**
 * Two nights, from the files of both sides to the events that tell of them. The first is stopped in its middle and resumed while its functions are killed, done again with
 * nothing changed, and again with a file restated; then the second. Runs that have to fail come last. The scheduler is not waited for: its call is made as it would make it.
 */
export async function play(scene: StormScene): Promise<Played> {
  const site = new Site(scene, 'Payments');
  try {
    return await new Nights(scene, site).play();
  } finally {
    site.close();
  }
}

class Nights {
  readonly #scene: StormScene;
  readonly #site: Site;
  readonly #found = new Findings();

  constructor(scene: StormScene, site: Site) {
    this.#scene = scene;
    this.#site = site;
  }

  async play(): Promise<Played> {
    const { random, size, options, progress } = this.#scene;
    const nights = await this.#timed('generate', async () => generateNights({ random, rows: size, dates: DATES }));
    const keep = options['keep-output'];
    if (options.files !== undefined) await keepFiles(options.files, DATES, nights);
    await this.#cutSmaller(nights.first);

    progress(`${DATES.first}: ${size} rows a side; stopped in the middle and resumed, with kills`);
    const first = await this.#firstNight(nights.first);
    if (keep !== undefined) await keepReports(keep, DATES.first, this.#site);
    progress(`${DATES.first} again, with nothing changed`);
    await this.#unchanged(nights.first, first);
    progress(`${DATES.first} again, with one file restated`);
    await this.#site.deliver('bank', DATES.first, nights.restated.right);
    await this.#judged('restated', nights.restated, () => this.#site.start({ date: DATES.first, do: 'again' }));
    progress(`${DATES.second}: what was late, in transit, restated and taken back`);
    await this.#deliver(DATES.second, nights.second);
    await this.#judged('second night', nights.second, () => this.#site.start({ scheduledTime: TWO_OCLOCK.dayAfter }));
    if (keep !== undefined) await keepReports(keep, DATES.second, this.#site);
    const refused = await this.#refused(nights.first);
    progress('balances: a table against a file');
    const { run, faults } = await balancesNight(this.#scene);
    this.#found.runs.push(run);
    this.#found.faults.push(...faults);
    return this.#account(refused);
  }

  /** So that one night has several parts whatever its size. */
  async #cutSmaller({ left, right }: NightFiles): Promise<void> {
    const bytes = [...left, ...right].reduce((sum, { content }) => sum + content.length, 0);
    await changeLive(this.#scene, this.#scene.outputs.PaymentsPlanFunction!, {
      variables: { BREAKWATER_NIGHT_PART_BYTES: String(Math.ceil(bytes / PARTS)) },
    });
  }

  async #deliver(date: string, { left, right }: NightFiles): Promise<void> {
    await this.#site.deliver('ledger', date, left);
    await this.#site.deliver('bank', date, right);
  }

  /** @returns the bytes of its report */
  async #firstNight(files: NightFiles): Promise<Buffer> {
    const site = this.#site;
    const found = this.#found;
    await this.#deliver(DATES.first, files);
    this.#scene.arm(killsOfFirstAttempt(DATES.first));
    await this.#judged('first night', files, async () => {
      const begun = await site.start({ scheduledTime: TWO_OCLOCK.first });
      found.claim(
        `two o'clock of the 25th of October is for the business date ${DATES.first}`,
        begun.date === DATES.first && begun.started,
      );
      const second = await site.start({ scheduledTime: TWO_OCLOCK.again });
      found.claim(
        "two o'clock comes twice that night, and the second call finds the run of the first",
        !second.started && second.execution === begun.execution,
      );
      const markers = `runs/${DATES.first}/1/parts/`;
      await site.until('the first file that was read', async () => {
        const keys = await site.keys(markers);
        return keys.some((key) => /\/\d+\.json$/.test(key)) || undefined;
      });
      await site.stop(begun.execution);
      const { status } = await site.end(begun.execution);
      found.claim(
        'the run was stopped before its report',
        status === 'ABORTED' && !(await site.keys(`runs/${DATES.first}/1/`)).some(isReport),
      );
      this.#scene.arm(killsOfSecondAttempt(DATES.first));
      const resumed = await site.start({ date: DATES.first, do: 'resume' });
      found.claim('it was resumed as the second attempt of the same run', resumed.run === 1 && resumed.attempt === 2 && resumed.started);
      return resumed;
    });
    return site.read(`runs/${DATES.first}/1/report.json`);
  }

  async #unchanged(files: NightFiles, first: Buffer): Promise<void> {
    const site = this.#site;
    const reports = async (): Promise<readonly Buffer[]> => Promise.all((await site.keys('reports/')).map(async (key) => site.read(key)));
    const [itemsBefore, reportsBefore] = [itemsOf(await site.register()), await reports()];
    await this.#judged('unchanged', files, () => site.start({ date: DATES.first, do: 'again' }));
    this.#found.claim(
      'done again with nothing changed, the report is the same byte by byte',
      first.equals(await site.read(`runs/${DATES.first}/2/report.json`)),
    );
    const reportsAfter = await reports();
    this.#found.claim(
      'so are page, CSV, Parquet and summary',
      reportsBefore.length === 4 && reportsAfter.length === 4 && reportsBefore.every((one, index) => one.equals(reportsAfter[index]!)),
    );
    this.#found.claim('and nothing was written to the register', itemsBefore === itemsOf(await site.register()));
  }

  /** Lets one run come to its end, and holds report and register against the truth. */
  async #judged(what: string, { truth }: NightFiles, begin: () => Promise<Started>): Promise<void> {
    const { faults, runs } = this.#found;
    const before = breaksIn(await this.#site.register());
    const started = performance.now();
    const { date, run, attempt, execution } = await begin();
    const { status, error, cause } = await this.#site.end(execution);
    const seconds = (performance.now() - started) / 1000;
    if (status !== 'SUCCEEDED') throw new Error(`${what}: the run ended as ${status}: ${error ?? ''} ${cause ?? ''}`);
    const report = JSON.parse((await this.#site.read(`runs/${date}/${run}/report.json`)).toString()) as JudgedReport;
    const { missed, wrong, precision, recall } = judge(report, truth);
    for (const finding of missed.slice(0, FINDINGS_SHOWN)) faults.push(`${what}: missed: ${finding}`);
    for (const finding of wrong.slice(0, FINDINGS_SHOWN)) faults.push(`${what}: wrong: ${finding}`);
    if (missed.length + wrong.length > 2 * FINDINGS_SHOWN) faults.push(`${what}: ${missed.length} missed and ${wrong.length} wrong in all`);
    const reported = new Set(report.breaks.map(({ id }) => id));
    const after = breaksIn(await this.#site.register());
    for (const fault of registerFaults(before, after, reported, date).slice(0, FINDINGS_SHOWN)) faults.push(`${what}: ${fault}`);
    runs.push({
      ...{ what, date, run, attempt, seconds, precision, recall },
      rows: { left: report.totals.left.rows, right: report.totals.right.rows },
      classes: byClass(report, truth.breaks),
      inTransit: report.inTransit.length,
      badRows: report.badRows.length,
      register: movesOf(before, reported),
    });
    this.#found.seconds[what] = seconds;
    this.#scene.progress(
      `${what}: ${report.breaks.length} breaks, ${wrong.length} wrong, ${missed.length} missed, ${seconds.toFixed(1)} s`,
    );
  }

  async #refused(files: NightFiles): Promise<readonly RefusedRun[]> {
    const site = this.#site;
    const register: Register = breaksIn(await site.register());
    const refused: RefusedRun[] = [];
    for (const { what, date, scheduledTime, left, right, reason } of damagedNights(files)) {
      this.#scene.progress(`${date}: ${what}`);
      await site.deliver('ledger', date, left);
      await site.deliver('bank', date, right);
      const started = await site.start({ scheduledTime });
      const { status, error, cause, seconds } = await site.end(started.execution);
      const keys = await site.keys(`runs/${date}/`);
      const refusal = keys.find((key) => key.includes('/refusals/'));
      const said = refusal === undefined ? '' : (JSON.parse((await site.read(refusal)).toString()) as { readonly reason: string }).reason;
      this.#found.claim(
        `${what}: a failed run of ${date}, and the reason is said`,
        started.date === date && status === 'FAILED' && reason.test(said),
      );
      this.#found.claim(`${what}: no report`, !keys.some(isReport) && !(await site.keys('reports/')).some((key) => key.includes(date)));
      refused.push({ what, date, status, reason: said || `${error ?? ''} ${cause ?? ''}`, seconds });
    }
    this.#found.claim('failed runs leave the register as it was', itemsOf(register) === itemsOf(breaksIn(await site.register())));
    return refused;
  }

  async #account(refused: readonly RefusedRun[]): Promise<Played> {
    const { runs, faults, claims, seconds } = this.#found;
    const outcomes = await this.#site.outcomes();
    faults.push(...outcomeFaults(outcomes, runs, refused));
    for (const [name, kills] of Object.entries(this.#scene.struck() ?? {})) if (kills === 0) faults.push(`never killed: ${name}`);
    const account: NightAccount = {
      ...{ runs, refused, claims, seconds },
      parts: (await this.#site.keys(`runs/${DATES.first}/1/compared/`)).length,
      events: { copies: outcomes.length, distinct: new Set(outcomes.map(({ detail }) => detail.eventId)).size },
    };
    return { text: describeNights(account), record: { ...account }, faults };
  }

  async #timed<T>(step: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.#found.seconds[step] = (performance.now() - started) / 1000;
    return result;
  }
}

const isReport = (key: string): boolean => key.endsWith('/report.json');

function byClass(report: JudgedReport, truth: ReadonlyArray<{ readonly class: string }>): RunAccount['classes'] {
  const count = (breaks: ReadonlyArray<{ readonly class: string }>, name: string): number =>
    breaks.filter((one) => one.class === name).length;
  const names = new Set([...report.breaks, ...truth].map((one) => one.class));
  return Object.fromEntries([...names].sort().map((name) => [name, { found: count(report.breaks, name), true: count(truth, name) }]));
}

/** Of what says which run a date is at, nothing: another run of it was begun. */
function itemsOf(register: ReadonlyMap<string, Readonly<Record<string, unknown>>>): string {
  return JSON.stringify([...register].filter(([id]) => !id.startsWith('night#')).sort(([a], [b]) => (a < b ? -1 : 1)));
}
