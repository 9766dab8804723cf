import type { Random } from '../../../lib/operate/storm/contract';
import { AMOUNTS } from './cases/amounts';
import { BAD_COUNTERPARTS, badRows } from './cases/bad-rows';
import { DATES_AND_FIELDS } from './cases/dates-and-fields';
import { DUPLICATES } from './cases/duplicates';
import { GROUPS } from './cases/groups';
import { ONE_SIDED } from './cases/one-sided';
import { RESTATED_FILE, RESTATEMENTS } from './cases/restatements';
import { TEXTS } from './cases/texts';
import { type GeneratedFile, type WrittenFile, writeFile, writeFiles } from './files';
import { type Case, Maker, type Scene, type Story } from './maker';
import type { NightTruth } from './night-truth';
import { dayOf, FAULTS, type Row, type Side } from './rows';
import { type PlantedScene, truthOf } from './told-by-scenes';

export type { GeneratedFile } from './files';

export interface NightFiles {
  readonly left: readonly GeneratedFile[];
  readonly right: readonly GeneratedFile[];
  readonly truth: NightTruth;
}

export interface GeneratedNights {
  readonly first: NightFiles;
  /** What is open is delivered again, some of it settled; the rest is new. */
  readonly second: NightFiles;
  /** The first night's, with one file of the right side corrected: compared before the second night, which takes some of the corrections back. */
  readonly restated: NightFiles;
}

/** Every kind of thing that is planted, bad rows apart. */
export const CASES: readonly Case[] = [
  ...AMOUNTS,
  ...DATES_AND_FIELDS,
  ...DUPLICATES,
  ...GROUPS,
  ...ONE_SIDED,
  ...TEXTS,
  ...BAD_COUNTERPARTS,
  ...RESTATEMENTS,
];

const ROWS_OF_CASES = 200_000;
const LEAST_OF_A_CASE = 2;
/** Share of the rows that are bad. */
const BAD_ROWS = 0.02;
/** Days that the value date of a plain row may lie back. */
const RECENT = 60;

/**
 * Two sides as they are delivered on two nights, and what a report must say of them, known from how each row was made. The same random numbers make the same bytes.
 *
 * @param options.rows of each side that can be read, about; bad ones come on top
 * @param options.dates business dates, `YYYY-MM-DD`
 * @throws RangeError when there are fewer rows than what is planted needs, or the second date is not after the first
 */
export function generateNights({
  random,
  rows,
  dates,
}: {
  readonly random: Random;
  readonly rows: number;
  readonly dates: { readonly first: string; readonly second: string };
}): GeneratedNights {
  const [day, nextDay] = [dayOf(dates.first), dayOf(dates.second)];
  if (!(nextDay > day)) throw new RangeError(`dates: the second must be after the first; given ${dates.first} and ${dates.second}`);
  const maker = new Maker(random, { day, nextDay }, 'a');
  const stories = tell(maker, CASES, rows);
  const plain = others(
    maker,
    stories.map(({ story }) => story.now),
    rows,
  );
  const first = written(dates.first, [...stories.map(({ planted, story }) => ({ planted, scene: story.now })), ...plain]);
  const corrected = [...stories.map(({ planted, story }) => ({ planted, scene: story.restated ?? story.now })), ...plain];
  const restated = written(dates.first, corrected, first.files);

  const nextMaker = new Maker(random, { day: nextDay, nextDay: nextDay + 1 }, 'b');
  const open = stories.flatMap(({ planted, story }, index) => {
    const scene = onSecondNight(story, index);
    return scene === undefined ? [] : [{ planted, scene }];
  });
  const fresh = tell(nextMaker, CASES, rows / 2).map(({ planted, story }) => ({ planted, scene: story.now }));
  const planted = [...open, ...fresh];
  const second = written(dates.second, [
    ...planted,
    ...others(
      nextMaker,
      planted.map(({ scene }) => scene),
      rows,
    ),
  ]);
  return { first: first.night, second: second.night, restated: restated.night };
}

function tell(maker: Maker, cases: readonly Case[], rows: number): { readonly planted: string; readonly story: Story }[] {
  return cases.flatMap(({ planted, often, plant }) =>
    Array.from({ length: Math.max(LEAST_OF_A_CASE, Math.round((often * rows) / ROWS_OF_CASES)) }, (_, index) => ({
      planted,
      story: plant(maker, index),
    })),
  );
}

/** A break stays, is settled, or is not delivered any more. */
function onSecondNight({ now, next, settled }: Story, index: number): Scene | undefined {
  if (next !== undefined || now.breaks === undefined) return next;
  // What is bad is not delivered twice.
  const readable = { ...now, rows: now.rows.filter(({ fault }) => fault === undefined) };
  return [readable, settled, undefined][index % 3];
}

/** Bad rows, and as many plain pairs as make up the number. */
function others(maker: Maker, scenes: readonly Scene[], rows: number): PlantedScene[] {
  const planted = scenes.reduce((sum, scene) => sum + scene.rows.filter(({ side }) => side === 'left').length, 0);
  if (planted > rows) throw new RangeError(`rows: at least ${planted} are needed for what is planted; given ${rows}`);
  const bad = Math.max(LEAST_OF_A_CASE * FAULTS.length, Math.round(rows * BAD_ROWS));
  const pairs = Array.from({ length: rows - planted }, () => maker.pair(maker.entry({ day: maker.day - maker.random.integer(0, RECENT) })));
  return [
    ...(['left', 'right'] as const).map((side) => ({ planted: 'bad rows', scene: badRows(maker, side, bad) })),
    { planted: 'pairs', scene: { rows: pairs.flatMap((pair) => pair.rows), pairs: pairs.length } },
  ];
}

type Files = Readonly<Record<Side, readonly WrittenFile[]>>;

/** @param before files of which only the restated one is written again */
function written(date: string, scenes: readonly PlantedScene[], before?: Files): { readonly night: NightFiles; readonly files: Files } {
  const rows: Readonly<Record<Side, Row[]>> = { left: [], right: [] };
  for (const { scene } of scenes) for (const row of scene.rows) rows[row.side].push(row);
  const files: Files =
    before === undefined
      ? { left: writeFiles('left', rows.left), right: writeFiles('right', rows.right) }
      : {
          left: before.left,
          right: before.right.map((file, index) => (index === RESTATED_FILE ? writeFile('right', index, rows.right) : file)),
        };
  const contents = (side: Side): GeneratedFile[] => files[side].map(({ name, content }) => ({ name, content }));
  return { night: { left: contents('left'), right: contents('right'), truth: truthOf(date, scenes, files) }, files };
}
