import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Random, StormScene } from '../../../lib/operate/storm/contract';
import type { RunAccount } from './account';
import { Site } from './site';
import type { JudgedReport } from './truth';

const DATE = '2026-10-26';
const THREE_OCLOCK = '2026-10-27T02:00:00Z';
const ACCOUNTS = 400;
/** How many accounts of each kind; the rest agree. */
const PLANTED = { missing_right: 7, missing_left: 5, amount: 9, date: 3 } as const;
const ITEMS_AT_A_TIME = 25;

interface Account {
  readonly account: string;
  readonly balance: string;
  readonly currency: string;
  readonly day: string;
}

interface Sides {
  readonly table: readonly Account[];
  readonly file: readonly Account[];
  /** `class account difference` of each break. */
  readonly breaks: readonly string[];
}

/** The second reconciliation of the example: a table, which is scanned, against a file. The scan is killed once after a page. */
export async function balancesNight(scene: StormScene): Promise<{ readonly run: RunAccount; readonly faults: readonly string[] }> {
  const site = new Site(scene, 'Balances');
  try {
    const sides = generate(scene.random);
    await fillTable(scene, sides.table);
    await site.deliver('balances', DATE, [{ name: 'bank.csv', content: csvOf(sides.file) }]);
    const name = 'scan after a page';
    scene.arm([{ name, operation: 'dynamodb:Scan', moment: 'after', holding: [scene.outputs.AccountsTable!] }]);
    const started = performance.now();
    const { date, run, attempt, execution } = await site.start({ scheduledTime: THREE_OCLOCK });
    const { status, error, cause } = await site.end(execution);
    if (status !== 'SUCCEEDED') throw new Error(`balances: the run ended as ${status}: ${error ?? ''} ${cause ?? ''}`);
    const report = JSON.parse((await site.read(`runs/${date}/${run}/report.json`)).toString()) as JudgedReport;
    return judged(report, sides, { date, run, attempt, seconds: (performance.now() - started) / 1000 });
  } finally {
    site.close();
  }
}

function generate(random: Random): Sides {
  const table: Account[] = [];
  const file: Account[] = [];
  const breaks: string[] = [];
  const kinds = Object.entries(PLANTED).flatMap(([kind, often]) => Array.from({ length: often }, () => kind));
  for (let index = 0; index < ACCOUNTS; index += 1) {
    const minor = random.integer(-9_999_999, 9_999_999);
    const row: Account = {
      account: `account-${String(index).padStart(4, '0')}`,
      balance: francs(minor),
      currency: 'CHF',
      day: '2026-10-20',
    };
    const kind = kinds[index];
    const difference = kind === 'amount' ? random.integer(1, 500) : 0;
    if (kind !== 'missing_left') table.push(row);
    if (kind !== 'missing_right') file.push({ ...row, balance: francs(minor + difference), ...(kind === 'date' && { day: '2026-10-21' }) });
    if (kind !== undefined) breaks.push(`${kind} ${row.account} ${{ missing_left: minor, missing_right: -minor }[kind] ?? difference}`);
  }
  return { table, file: random.shuffle(file), breaks };
}

const francs = (minor: number): string => `${minor < 0 ? '-' : ''}${(Math.abs(minor) / 100).toFixed(2)}`;

const csvOf = (rows: readonly Account[]): Buffer =>
  Buffer.from(['account,balance,currency,day', ...rows.map((row) => Object.values(row).join(','))].join('\n'));

async function fillTable({ clientConfig, outputs }: StormScene, rows: readonly Account[]): Promise<void> {
  const client = new DynamoDBClient({ ...clientConfig });
  try {
    for (let first = 0; first < rows.length; first += ITEMS_AT_A_TIME) {
      const items = rows.slice(first, first + ITEMS_AT_A_TIME).map((row) => ({
        ...marshall(row),
        balance: { N: row.balance },
      }));
      await client.send(
        new BatchWriteItemCommand({ RequestItems: { [outputs.AccountsTable!]: items.map((Item) => ({ PutRequest: { Item } })) } }),
      );
    }
  } finally {
    client.destroy();
  }
}

function judged(
  report: JudgedReport,
  { table, file, breaks }: Sides,
  attempt: Pick<RunAccount, 'date' | 'run' | 'attempt' | 'seconds'>,
): { readonly run: RunAccount; readonly faults: readonly string[] } {
  const what = 'balances';
  const found = report.breaks.map((one) => `${one.class} ${one.key.join(' ')} ${one.differenceMinor ?? 'none'}`);
  const wrong = found.filter((one) => !breaks.includes(one));
  const missed = breaks.filter((one) => !found.includes(one));
  const { left, right } = report.totals;
  const faults = [
    ...wrong.map((one) => `${what}: wrong: ${one}`),
    ...missed.map((one) => `${what}: missed: ${one}`),
    ...(left.rows === table.length && right.rows === file.length
      ? []
      : [`${what}: ${left.rows} and ${right.rows} rows were compared of ${table.length} and ${file.length}`]),
  ];
  const run: RunAccount = {
    ...{ what, ...attempt },
    rows: { left: left.rows, right: right.rows },
    classes: Object.fromEntries(
      Object.entries(PLANTED).map(([name, often]) => [
        name,
        { found: report.breaks.filter((one) => one.class === name).length, true: often },
      ]),
    ),
    ...{ inTransit: report.inTransit.length, badRows: report.badRows.length },
    precision: (found.length - wrong.length) / found.length,
    recall: (breaks.length - missed.length) / breaks.length,
    register: { opened: found.length, closed: 0, reopened: 0 },
  };
  return { run, faults };
}
