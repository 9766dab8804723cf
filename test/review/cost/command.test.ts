import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Ajv from 'ajv/dist/2020';
import { costCommand } from '../../../lib/review/cost';
import { parseLoad, TRAFFIC_SCHEMA } from '../../../lib/review/cost/profile-file';
import type { CostReport } from '../../../lib/review/cost/report';
import { CHAIN } from '../../support/cost/estimates';
import type { Resources } from '../../support/topology/resources';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-cost-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, value: unknown): string {
  const at = path.join(folder, name);
  writeFileSync(at, typeof value === 'string' ? value : JSON.stringify(value));
  return at;
}

const template = (resources: Resources, name = 'shop.template.json') => file(name, { Resources: resources });

async function run(...args: readonly string[]) {
  const out: string[] = [];
  const error: string[] = [];
  const code = await costCommand(args, { out: (text) => out.push(text), error: (text) => error.push(text) });
  return { code, out: out.join(''), error: error.join('') };
}

async function report(...args: readonly string[]): Promise<CostReport> {
  return JSON.parse((await run(...args, '--format', 'json')).out);
}

describe('breakwater cost', () => {
  test('three loads stand side by side when none is given, with the day of the prices', async () => {
    const { code, out } = await run(template(CHAIN));
    expect(code).toBe(0);
    expect(out).toMatch(/^events a month\s+100,000\s+10,000,000\s+1,000,000,000$/m);
    expect(out).toMatch(/^.*prices of us-east-1, 2026-\d\d-\d\d, free tier not taken off, before tax$/m);
    expect(out).toMatch(/^one event of 1,000,000,000 costs \$0\.0000\d+: \d+ % /m);
    expect(out).toMatch(/durationMilliseconds\s+100 {2}100 ms a run/);
  });

  test('the unit in which a load is given changes nothing', async () => {
    const totals = [];
    for (const load of ['1752000/month', '21024000/year', '57600/day', '2400/hour', '40/minute'])
      totals.push((await report(template(CHAIN), '--load', load)).loads[0]!.total);
    expect(new Set(totals.map((total) => Number(total).toFixed(8))).size).toBe(1);
    expect(parseLoad('2/second')).toBe(5_256_000);
    expect(parseLoad('1_000,000.5/month')).toBe(1_000_000.5);
  });

  test('a profile gives the load; what it says is not assumed', async () => {
    const profile = file('traffic.json', {
      version: 1,
      ingress: { Api: { eventsPerMonth: 5000, payloadBytes: 10, answerBytes: 1, duplicates: 0.1, hours: [...Array(23).fill(0), 1] } },
      resources: { '*': { failures: 0, retries: 0, durationMilliseconds: 20 } },
    });
    const { loads, assumptions } = await report(template(CHAIN), '--profile', profile);
    expect(loads).toHaveLength(1);
    expect(loads[0]!.events).toBe('5000');
    expect(assumptions.map(({ field }) => field)).not.toEqual(expect.arrayContaining(['durationMilliseconds']));
    expect(loads[0]!.charges.find(({ logicalId, item }) => logicalId === 'Receive' && item === 'AWSLambda/Request')!.amount).toBe('5500');
  });

  test('profiles stand side by side under their titles', async () => {
    const ofEvents = (title: string, eventsPerMonth: number) =>
      file(`${title}.json`, { version: 1, title, ingress: { '*': { eventsPerMonth } } });
    const asked = [template(CHAIN), '--profile', ofEvents('quiet', 10), '--profile', ofEvents('busy', 1_000_000)];
    expect((await report(...asked)).loads).toMatchObject([
      { title: 'quiet', events: '10' },
      { title: 'busy', events: '1000000' },
    ]);
    expect((await run(...asked)).out).toMatch(/^a month of +quiet +busy$/m);
  });

  test('the schema of a profile accepts and refuses what the command does', async () => {
    const validate = new Ajv({ strict: true }).compile(TRAFFIC_SCHEMA);
    const good = { version: 1, ingress: { '*': { eventsPerMonth: 1 } }, resources: { '*': { failures: 0.5 } }, hops: { 'A -> B': 0.5 } };
    const bad = [
      {},
      { version: 2 },
      { version: 1, ingress: { '*': { eventsPerMonth: -1 } } },
      { version: 1, resources: { '*': { failures: 2 } } },
      { version: 1, odd: 1 },
    ];
    expect(validate(good)).toBe(true);
    expect((await run(template(CHAIN), '--profile', file('good.json', good))).code).toBe(0);
    for (const profile of bad) {
      expect(validate(profile)).toBe(false);
      expect((await run(template(CHAIN), '--profile', file('bad.json', profile))).code).toBe(2);
    }
  });

  test.each([
    ['a share above 1', { version: 1, resources: { Work: { failures: 2 } } }, 'resources.Work.failures: a number from 0 to 1; given 2'],
    ['a field that does not exist', { version: 1, ingress: { '*': { events: 2 } } }, 'ingress.*.events: one of eventsPerMonth'],
    [
      'hours of no day',
      { version: 1, ingress: { '*': { hours: [1, 2] } } },
      'ingress.*.hours: 24 numbers of at least 0, not all 0; given [1,2]',
    ],
    ['a hop without an arrow', { version: 1, hops: { Topic: 1 } }, 'hops: names of the form "from -> to"; given "Topic"'],
    ['no JSON', '{', 'not valid JSON'],
  ])('a profile with %s is refused with its field', async (_, profile, message) => {
    const { code, error } = await run(template(CHAIN), '--profile', file('traffic.json', profile));
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining(message) });
  });

  test.each([
    [['--load', '12'], '--load: a number and a unit'],
    [['--format', 'pdf'], '--format: one of text, json, markdown, csv, html, given "pdf"'],
    [['--profile', '/no/such/file'], 'no such file'],
    [['--prices', '/no/such/file'], 'no such file'],
    [['--odd'], "Unknown option '--odd'"],
  ])('%j is refused', async (args, message) => {
    const { code, error } = await run(template(CHAIN), ...args);
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining(message) });
  });

  test('a template that can not be read gives file, line and reason', async () => {
    const { code, error } = await run(file('broken.template.json', '{\n  "Resources": {,}\n}'));
    expect({ code, error }).toEqual({ code: 2, error: expect.stringMatching(/broken\.template\.json:2: /) });
  });

  test('other prices change the sums and the date beside them', async () => {
    const prices = file('prices.json', {
      version: 1,
      region: 'eu-central-1',
      currency: 'USD',
      date: '2026-01-02',
      lines: [{ offer: 'AWSLambda', usageType: 'Request', unit: 'request', source: 'test', tiers: [{ above: '0', price: '1' }] }],
    });
    const { loads, prices: used, unpriced } = await report(template(CHAIN), '--prices', prices, '--load', '1000/month');
    expect(used).toEqual({ region: 'eu-central-1', date: '2026-01-02', currency: 'USD', freeTier: false });
    expect(Number(loads[0]!.total)).toBeGreaterThanOrEqual(2000);
    expect(unpriced.map(({ logicalId }) => logicalId)).toContain('Table');
  });

  test('the same input gives the same bytes', async () => {
    const shop = template(CHAIN);
    expect((await run(shop, '--format', 'json', '--crossover')).out).toBe((await run(shop, '--format', 'json', '--crossover')).out);
  });

  test('CSV has a line for each charge and no formula', async () => {
    const { out } = await run(template(CHAIN), '--format', 'csv', '--load', '10/day');
    const [head, ...lines] = out.trimEnd().split('\r\n');
    expect(head).toBe('events,stack,resource,kind,item,amount,unit,usd,because');
    expect(lines.length).toBeGreaterThan(10);
    expect(out).not.toMatch(/(?:^|,)[=@+]/m);
  });

  test('HTML opens without a network, shows the plot and escapes names', async () => {
    const { out } = await run(template({ ...CHAIN }, '<b>.template.json'), '--format', 'html', '--crossover');
    expect(out).not.toMatch(/<(?:script|link|img|iframe)|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(out).toContain('&#60;b&#62;');
    expect(out.match(/<svg /g)).toHaveLength(2);
  });
});

describe('breakwater cost diff', () => {
  test('says what a change costs at each load, and why', async () => {
    const before = file('old.json', (await run(template(CHAIN), '--format', 'json')).out);
    const larger: Resources = { ...CHAIN, Work: { ...CHAIN.Work!, Properties: { ...CHAIN.Work!.Properties, MemorySize: 2048 } } };
    const after = file('new.json', (await run(template(larger), '--format', 'json')).out);
    const { code, out } = await run('diff', before, after);
    expect(code).toBe(0);
    expect(out).toMatch(/^\+\$\d+\.\d\d a month at 10,000,000 events \(\$[\d.,]+ -> \$[\d.,]+\)$/m);
    expect(out).toMatch(/^ {2}\+\$\d+\.\d\d Work AWSLambda\/Lambda-GB-Second-ARM\n {4}.* x 1 GB.* -> .* x 2 GB/m);
  });

  test('the same report twice differs by nothing', async () => {
    const same = file('same.json', (await run(template(CHAIN), '--format', 'json', '--load', '5/day')).out);
    expect((await run('diff', same, same)).out).toMatch(/^\$0 a month at 152 events|^\$0 a month at /m);
  });

  test('reports without a common load are not compared', async () => {
    const before = file('old.json', (await run(template(CHAIN), '--format', 'json', '--load', '5/day')).out);
    const after = file('new.json', (await run(template(CHAIN), '--format', 'json', '--load', '6/day')).out);
    expect(await run('diff', before, after)).toEqual({ code: 2, out: '', error: expect.stringContaining('no load in common') });
  });

  test('something else than a report is refused', async () => {
    const { code, error } = await run('diff', file('a.json', {}), file('b.json', {}));
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining('a.json: not a report of breakwater cost --format json') });
  });
});
