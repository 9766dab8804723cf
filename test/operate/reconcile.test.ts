import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Ajv from 'ajv/dist/2020';
import { runCommandLine } from '../../lib/operate/command-line';
import { parseRules } from '../../lib/reconciliation-rules/rules-file';
import { RULES_SCHEMA } from '../../lib/reconciliation-rules/rules-schema';
import type { ReconciliationReport } from '../../lib/runtime/reconciliation/contract';
import { captured } from '../support/engine/output';
import { csvOf, RULES } from '../support/reconciliation/files';

const folder = mkdtempSync(path.join(tmpdir(), 'reconcile-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string): string => {
  const target = path.join(folder, name);
  writeFileSync(target, content);
  return target;
};
const rules = file('rules.json', JSON.stringify(RULES));
const left = file('left.csv', csvOf([{ reference: 'a', amount: '1' }]));
const other = file('other.csv', csvOf([{ reference: 'a', amount: '2' }]));

const run = (...args: readonly string[]) => captured(() => runCommandLine(['reconcile', ...args]));
const compare = (right: string, ...more: readonly string[]) =>
  run('--left', left, '--right', right, '--rules', rules, '--date', '2026-11-21', ...more);

test('two equal files end with 0, different ones with 1 and the whole report as JSON', async () => {
  expect((await compare(left)).code).toBe(0);
  const { code, out } = await compare(other, '--json');
  expect(code).toBe(1);
  const report = JSON.parse(out) as ReconciliationReport;
  expect(report).toMatchObject({
    matched: { pairs: 0 },
    breaks: [{ class: 'amount', key: ['a'], differenceMinor: '100', left: { record: 1, amountMinor: '100' } }],
  });
});

test('a side may be given in several files', async () => {
  const more = file('more.csv', csvOf([{ reference: 'b', amount: '1' }]));
  const { code, out } = await compare(left, '--left', more);
  expect(code).toBe(1);
  expect(out).toContain('2 rows, 0 bad; minor units EUR 200');
  expect(out).toContain(`b: EUR 100 (${more} record 1) | -`);
});

test('a person reads the totals, the classes and each break', async () => {
  const { out } = await compare(other);
  expect(out).toContain('ledger, 2026-11-21');
  expect(out).toContain('1 rows, 0 bad; minor units EUR 100');
  expect(out).toMatch(/breaks\s+1: amount 1/);
  expect(out).toMatch(/amount\s+a: EUR 100 \(record 1\) \| EUR 200 \(record 1\); difference 100/);
});

test('matches by later rules are told by their rule, to a person, as JSON and on the page', async () => {
  const lines = (reference: string) => file(`${reference}.csv`, csvOf([{ reference, amount: '1' }]));
  const later = file('later.json', JSON.stringify({ ...RULES, later: [{ name: 'by_amount', key: [] }] }));
  const page = path.join(folder, 'later.html');
  const args = ['--left', lines('p'), '--right', lines('q'), '--rules', later, '--date', '2026-11-21'];
  const { code, out } = await run(...args, '--html', page);
  expect(code).toBe(0);
  expect(out).toContain('of these   by_amount 1 by later rules');
  expect(out).toContain('matched by by_amount p with q: EUR 100 (record 1) | EUR 100 (record 1)');
  expect(JSON.parse((await run(...args, '--json')).out).later).toMatchObject([{ rule: 'by_amount' }]);
  expect(readFileSync(page, 'utf8')).toContain('Matched by later rules (1)');
});

describe('--carried', () => {
  const carrying = file(
    'carrying.json',
    JSON.stringify({ ...RULES, timing: { minimumAgeDays: 2, carryForward: true }, later: [{ name: 'by_amount', key: [] }] }),
  );
  const dated = (name: string, ...rows: ReadonlyArray<readonly [reference: string, amount: string, day: string]>): string =>
    file(name, csvOf(rows.map(([reference, amount, day]) => ({ reference, amount, date: `2026-11-${day}` }))));
  const on = async (store: string, day: string, sides: readonly [string, string], by = carrying) => {
    const args = ['--left', sides[0], '--right', sides[1], '--rules', by, '--date', `2026-11-${day}`, '--json', '--carried', store];
    const { code, out, err } = await run(...args);
    return { code, err, report: (code === 2 ? undefined : JSON.parse(out)) as ReconciliationReport };
  };
  const same = (day: string): readonly [string, string] => {
    const name = dated(`same-${day}.csv`, ['both', '1', day]);
    return [name, name];
  };

  test('a row in transit matches on a later date, by the first rule or a later one, or becomes missing', async () => {
    const store = path.join(folder, 'kept');
    const left = dated('carried-left.csv', ['a', '5', '20'], ['b', '7', '20'], ['c', '9', '20'], ['d', '4', '20']);
    const first = await on(store, '20', [left, dated('carried-right.csv', ['x', '4', '20'])]);
    expect(first.report.inTransit.map(({ key }) => key[0])).toEqual(['a', 'b', 'c']);
    expect(first.report.later).toMatchObject([{ key: { left: ['d'], right: ['x'] } }]);
    const second = await on(store, '21', [same('21')[0], dated('next-right.csv', ['both', '1', '21'], ['a', '5', '20'], ['y', '7', '20'])]);
    expect([second.report.matched.pairs, second.report.breaks, second.report.proof?.left.carried]).toEqual([
      3,
      [],
      { file: 'carried from 2026-11-20', read: 3 },
    ]);
    expect(second.report.later).toMatchObject([
      { key: { left: ['b'], right: ['y'] }, left: { file: left, record: 2, since: '2026-11-20' } },
    ]);
    const third = await on(store, '23', same('23'));
    expect(third.report.breaks).toMatchObject([
      { class: 'missing_right', key: ['c'], left: { file: left, record: 3, since: '2026-11-20' } },
    ]);
    const again = await on(store, '23', same('23'));
    expect(again.report).toEqual(third.report);
  });

  test('one side alone may carry its rows', async () => {
    const rules = file('left-only.json', JSON.stringify({ ...RULES, timing: { minimumAgeDays: 2, carryForward: { left: true } } }));
    const store = path.join(folder, 'kept-left');
    await on(store, '20', [dated('one-left.csv', ['a', '5', '20']), dated('one-right.csv', ['b', '6', '20'])], rules);
    const { report } = await on(store, '21', same('21'), rules);
    expect(report.inTransit.map(({ side, key }) => [side, key[0]])).toEqual([['left', 'a']]);
    expect([report.proof?.left.carried?.read, report.proof?.right.carried]).toEqual([1, undefined]);
  });

  test('a date that fails leaves what an earlier run of it left', async () => {
    const store = path.join(folder, 'kept-failed');
    await on(store, '20', [dated('f-left.csv', ['a', '5', '20']), dated('f-right.csv', ['b', '6', '20'])]);
    expect((await on(store, '20', [dated('f-left.csv', ['z', '5', '20']), path.join(folder, 'none.csv')])).code).toBe(2);
    expect(readdirSync(store)).toEqual(['2026-11-20']);
    const { report } = await on(store, '21', same('21'));
    expect(report.inTransit.map(({ key }) => key[0])).toEqual(['a', 'b']);
  });

  test('rules that carry nothing forward, and a trial, are refused', async () => {
    const store = path.join(folder, 'never');
    expect((await on(store, '20', same('20'), rules)).err).toContain(`--carried: needs timing.carryForward in ${rules}: true, or`);
    expect((await compare(left, '--carried', store, '--against', rules)).err).toContain('leave it out with --against');
    expect(existsSync(store)).toBe(false);
  });
});

test('--html and --csv write the report beside what is printed', async () => {
  const [html, csv] = [path.join(folder, 'report.html'), path.join(folder, 'breaks.csv')];
  const { code, out } = await compare(other, '--html', html, '--csv', csv);
  expect(code).toBe(1);
  expect(out).toContain('breaks     1: amount 1');
  expect(readFileSync(html, 'utf8')).toContain('<title>Reconciliation ledger, 2026-11-21</title>');
  expect(readFileSync(html, 'utf8')).toContain('left: 1 read = 1 compared + 0 bad');
  const lines = readFileSync(csv, 'utf8').split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain('"amount","a",1,1,1,1.00,100,"EUR"');
});

test('decimals that the rules give a currency stand in the files', async () => {
  const own = file('own.json', JSON.stringify({ ...RULES, minorUnits: { EUR: 4 } }));
  const csv = path.join(folder, 'own.csv');
  await run('--left', left, '--right', other, '--rules', own, '--date', '2026-11-21', '--csv', csv);
  expect(readFileSync(csv, 'utf8')).toContain(',1.0000,10000,"EUR"');
});

describe('--snapshot', () => {
  const snapshot = path.join(folder, 'snapshot');
  const listed = (name: string, more: object = {}) => ({
    key: `runs/2026-11-21/1/snapshot/${name}`,
    name: `of the source: ${name}`,
    bytes: 1,
    ...more,
  });
  const inSnapshot = (name: string, content: string): void => {
    mkdirSync(path.dirname(path.join(snapshot, name)), { recursive: true });
    writeFileSync(path.join(snapshot, name), content);
  };
  const item = (reference: string, amount: string): string =>
    JSON.stringify({ Item: { reference: { S: reference }, amount: { N: amount }, currency: { S: 'EUR' }, date: { S: '2026-11-01' } } });
  beforeAll(() => {
    inSnapshot('left/export/data/one.json', `${item('a', '1')}\n${item('b', '2')}\n`);
    inSnapshot('left/export/data/two.json', '');
    inSnapshot(
      'left.json',
      JSON.stringify(['one', 'two'].map((name) => listed(`left/export/data/${name}.json`, { content: 'dynamoDbJson', mayBeEmpty: true }))),
    );
    inSnapshot(
      'right/bank.csv',
      csvOf([
        { reference: 'a', amount: '1' },
        { reference: 'b', amount: '3' },
      ]),
    );
    inSnapshot('right.json', JSON.stringify([listed('right/bank.csv')]));
  });
  const compared = (...more: readonly string[]) => run('--rules', rules, '--date', '2026-11-21', '--snapshot', snapshot, ...more);

  test('a run is compared again from the files it took, each read as the run read it', async () => {
    const { code, out } = await compared('--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      matched: { pairs: 1 },
      breaks: [{ key: ['b'], left: { file: 'of the source: left/export/data/one.json', record: 2 }, right: { record: 2 } }],
    });
  });

  test.each<[string, () => readonly string[], string]>([
    ['a side beside it', () => ['--left', left], 'leave out --left and --right'],
    [
      'a folder of something else',
      () => ['--snapshot', folder],
      'left.json: no such file; copy all that lies under runs/DATE/RUN/snapshot/',
    ],
    [
      'a list of something else',
      () => {
        writeFileSync(path.join(folder, 'left.json'), '{}');
        return ['--snapshot', folder];
      },
      'left.json: is no list of the files of a snapshot',
    ],
    [
      'a file outside',
      () => {
        writeFileSync(path.join(folder, 'left.json'), JSON.stringify([listed('../../secret.csv')]));
        return ['--snapshot', folder];
      },
      'which lies in no snapshot',
    ],
  ])('%s ends with 2 and says what is wrong', async (_, args, message) => {
    const { code, err } = await compared(...args());
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe('--against', () => {
  const wider = file('wider.json', JSON.stringify({ ...RULES, amount: { ...RULES.amount, tolerance: { minor: 100 } } }));
  const others = file(
    'others.csv',
    csvOf([
      { reference: 'a', amount: '2' },
      { reference: 'b', amount: '5' },
    ]),
  );
  const both = ['--left', left, '--right', others, '--date', '2026-11-21'] as const;

  test('a person reads what other rules win, what stays, and ends with 1', async () => {
    const { code, out, err } = await run(...both, '--rules', wider, '--against', rules);
    expect(code).toBe(1);
    expect(out).toContain(`ledger, 2026-11-21: ${wider} against ${rules}`);
    expect(out).toContain('matched    1 pairs, 0 one to many, 0 many to one; before 0 pairs');
    expect(out).toMatch(/amount\s+0; before 1/);
    expect(out).toMatch(/missing_left\s+1; before 1/);
    expect(out).toContain('won 1, lost 0, changed 0');
    expect(out).toContain('amount -> matched: 1; 1 rows left (EUR 100), 1 rows right (EUR 200)');
    expect(out).toContain('amount -> matched a: left record 1 EUR 100 | right record 1 EUR 200');
    expect(err).toContain(`${wider}: left: 1 rows`);
  });

  test('what is lost is told the other way round, all of it as JSON', async () => {
    const { code, out } = await run(...both, '--rules', rules, '--against', wider, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      won: [],
      changed: [],
      lost: [
        {
          from: { end: 'matched' },
          to: { end: 'break', class: 'amount', key: ['a'] },
          rows: [{ side: 'left', record: 1 }, { side: 'right' }],
        },
      ],
    });
  });

  test('the same rules end with 0, though there are breaks', async () => {
    const { code, out } = await run(...both, '--rules', rules, '--against', rules);
    expect(code).toBe(0);
    expect(out).toContain('every row ends as before');
  });

  test.each<[string, readonly string[], string]>([
    ['rules that are not there', ['--rules', rules, '--against', `${rules}.none`], 'ENOENT: no such file'],
    ['rules that are no JSON', ['--rules', rules, '--against', left], 'left.csv: not valid JSON'],
    [
      'rules by which there are too many breaks',
      ['--rules', file('strict.json', JSON.stringify({ ...RULES, limits: { breaks: 0 } })), '--against', rules],
      'strict.json: more than 0 breaks',
    ],
    ['a page', ['--rules', rules, '--against', rules, '--html', path.join(folder, 'trial.html')], 'leave them out with --against'],
  ])('%s end with 2 and say which', async (_, args, message) => {
    const { code, err } = await run(...both, ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

test.each<[string, readonly string[], string]>([
  [
    'a folder for the page that is not there',
    ['--left', left, '--right', left, '--rules', rules, '--date', '2026-11-21', '--html', path.join(folder, 'none/report.html')],
    '--html: nothing can be written into',
  ],
  ['a missing side', ['--left', left], '--right is missing'],
  [
    'a file that is not there',
    ['--left', left, '--right', `${left}.none`, '--rules', rules, '--date', '2026-11-21'],
    'a missing source is a failed run',
  ],
  [
    'a day that does not exist',
    ['--left', left, '--right', left, '--rules', rules, '--date', '2026-02-30'],
    'date: must be a day of the calendar',
  ],
  ['rules that are no JSON', ['--left', left, '--right', left, '--rules', left, '--date', '2026-11-21'], 'not valid JSON'],
  [
    'too little memory',
    ['--left', left, '--right', left, '--rules', rules, '--date', '2026-11-21', '--memory', '1'],
    '128 or more; given 1',
  ],
])('%s ends with 2 and says what is wrong', async (_, args, message) => {
  const result = await run(...args);
  expect(result.code).toBe(2);
  expect(result.err).toContain(message);
});

describe('rules', () => {
  const faultOf = (change: object): string => {
    try {
      parseRules('rules.json', JSON.stringify({ ...RULES, ...change }));
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  test.each([
    [{ version: 2 }, 'rules.json: version: must be 1, given 2'],
    [{ key: [] }, 'rules.json: key: must have at least 1 entries, given 0'],
    [{ keys: ['a'] }, 'rules.json: the document: keys is not known'],
    [{ amount: { column: 'amount' } }, 'rules.json: amount: currency is missing'],
    [{ amount: { column: 'amount', currency: { code: 'eur' } } }, 'rules.json: amount.currency.code: must be text like'],
    [{ amount: { ...RULES.amount, tolerance: { minor: -1 } } }, 'rules.json: amount.tolerance.minor: must be at least 0, given -1'],
    [{ amount: { ...RULES.amount, tolerance: { percent: '1e1' } } }, 'rules.json: amount.tolerance.percent: must be text like'],
    [{ date: { column: 'date', formats: ['yyyy'] } }, 'rules.json: date.formats[0]: must be one of YYYY-MM-DD'],
    [{ date: undefined, timing: { minimumAgeDays: 1 } }, 'rules.json: timing.minimumAgeDays: needs date'],
    [{ classes: [{ name: 'amount', of: ['date'] }] }, 'rules.json: classes: amount is a computed class'],
    [
      { key: [{ column: 'a' }, { column: 'b' }], group: { batch: 'x', account: 'y' } },
      'rules.json: key: must be one column beside group, whose batch id takes its place; given 2',
    ],
    [
      { amount: { ...RULES.amount, thousands: '.' } },
      'rules.json: amount.thousands: must be another one than stands before the decimals, given "." for both on the left side',
    ],
    [
      { amount: { ...RULES.amount, decimal: { left: '.', right: ',' }, thousands: ',' } },
      'rules.json: amount.thousands: must be another one than stands before the decimals, given "," for both on the right side',
    ],
    [{ amount: { ...RULES.amount, decimal: ';' } }, 'rules.json: amount.decimal: must be one of ., ,, given ";"'],
    [{ amount: { ...RULES.amount, sign: { column: 'dc', negative: ['D'] } } }, 'rules.json: amount.sign: positive is missing'],
    [
      { amount: { ...RULES.amount, sign: { column: 'dc', negative: ['D'], positive: ['C', ' d'] } } },
      'rules.json: amount.sign.positive: must have no text of negative, given "D"',
    ],
    [{ fields: [{ column: 'rate', number: {}, date: {} }] }, 'rules.json: fields[0]: must have number or date, given both'],
    [
      { fields: [{ column: 'rate', number: { tolerance: { absolute: '-1' } } }] },
      'rules.json: fields[0].number.tolerance.absolute: must be text like',
    ],
    [
      { fields: [{ column: 'rate', number: { decimal: ',', thousands: ',' } }] },
      'rules.json: fields[0].number.thousands: must be another one',
    ],
    [
      { fields: [{ column: { left: 'fx', right: 'rate' } }], classes: [{ name: 'off', of: ['field'], fields: ['rate'] }] },
      'rules.json: classes[0].fields: must be columns of fields: fx; given rate',
    ],
    [{ later: [] }, 'rules.json: later: must have at least 1 entries, given 0'],
    [
      { later: [{ name: 'loose' }, { name: 'loose' }] },
      'rules.json: later[1].name: must be another one than that of later[0], given loose',
    ],
    [
      { later: [{ name: 'loose', fields: ['note'] }] },
      'rules.json: later[0].fields: must be columns of fields: there are none; given note',
    ],
    [{ date: undefined, later: [{ name: 'loose', toleranceDays: 2 }] }, 'rules.json: later[0].toleranceDays: needs date, given 2'],
    [{ timing: { carryForward: { leftt: true } } }, 'rules.json: timing.carryForward: leftt is not known; allowed: left, right'],
    [{ timing: { carryForward: 'left' } }, 'rules.json: timing.carryForward: must be of type boolean, given "left"'],
    [{ limits: { leftOver: -1 } }, 'rules.json: limits.leftOver: must be at least 0, given -1'],
  ])('%j is refused by field, rule and given value', (change, message) => {
    expect(faultOf(change)).toContain(message);
  });

  test('the schema is a valid one and takes what the reader takes', () => {
    const takes = new Ajv({ strict: true, allowUnionTypes: true }).compile(RULES_SCHEMA);
    expect(takes(RULES)).toBe(true);
    expect(takes({ ...RULES, key: [] })).toBe(false);
  });

  test('the example of the page is one', () => {
    const example = path.resolve(__dirname, '../../docs/snippets/reconciliation.json');
    expect(parseRules(example, readFileSync(example, 'utf8')).name).toBe('ledger-vs-bank');
  });

  test('--schema prints it', async () => {
    expect(JSON.parse((await run('--schema')).out)).toEqual(RULES_SCHEMA);
  });
});
