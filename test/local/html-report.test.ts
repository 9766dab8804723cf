import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { dollars } from '../../lib/review/cost/presenters/figures';
import { presentHtml as presentCostHtml } from '../../lib/review/cost/presenters/html';
import { Prices } from '../../lib/review/cost/price-list';
import { US_EAST_1 } from '../../lib/review/cost/prices/us-east-1';
import { costOf, THREE_LOADS } from '../../lib/review/cost/report';
import { flowOf, svgOf } from '../../lib/review/diagram';
import { presentHtml } from '../../lib/review/presenters/html';
import { describeWithChromium } from '../support/browser/browser';
import { misplaced, wider } from '../support/browser/measure';
import { read, reviewOf } from '../support/topology/read';
import {
  api,
  arn,
  lambda,
  mapping,
  method,
  queue,
  type Resources,
  ref,
  role,
  rule,
  sub,
  subscription,
  table,
  topic,
} from '../support/topology/resources';

jest.setTimeout(60_000);

const at = (constructPath: string, resource: Resources[string]) => ({ ...resource, Metadata: { 'aws:cdk:path': constructPath } });
/** Every kind of place and end, with names as long and as strange as names can be. */
const shop: Resources = {
  Api: at('Shop/OrdersApi/Resource', api()),
  Post: method({
    RestApiId: ref('Api'),
    Integration: { Type: 'AWS_PROXY', Uri: sub('arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/<Receive.Arn>/invocations') },
  }),
  Receive: at('Shop/ReceiveOrdersFromPartners/Resource', lambda({ Role: arn('Role') })),
  Role: role(['sqs:SendMessage', arn('Queue')], ['sns:Publish', ref('Topic')], ['dynamodb:PutItem', arn('Table')]),
  Queue: at(
    'Shop/WWWWWWWWWWWWWWWWWWWWMMMMMMMMMM/Resource',
    queue({ RedrivePolicy: { deadLetterTargetArn: arn('Parked'), maxReceiveCount: 5 } }),
  ),
  Parked: at('Shop/<script>document.title="taken"</script>/Resource', queue()),
  Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Work') }),
  Work: at(`Shop/${'注文処理'.repeat(12)}/Resource`, lambda()),
  Topic: at(`Shop/${'Announcements'.repeat(16)}/Resource`, topic()),
  ToPartner: subscription({
    TopicArn: ref('Topic'),
    Protocol: 'https',
    Endpoint: 'https://partner.example.com/"><img src=x onerror=alert(1)>',
  }),
  Table: at('Shop/"Orders" & co 🛒🛒🛒🛒🛒🛒🛒🛒/Resource', table()),
  Changes: mapping({ EventSourceArn: arn('Table', 'StreamArn'), FunctionName: ref('Project') }),
  Project: at('Shop/Ünïcödé ﷽ العربية/Resource', lambda()),
  Nightly: rule({ ScheduleExpression: 'rate(1 day)', Targets: [{ Id: 'One', Arn: arn('Work') }] }),
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-report-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(browser: Browser, name: string, content: string, width: number, colorScheme: 'light' | 'dark' = 'light') {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const noise: string[] = [];
  page.on('console', (message) => noise.push(message.text()));
  page.on('pageerror', (error) => noise.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href && !request.url().startsWith('data:')) noise.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  return { page, noise, close: () => context.close() };
}

describeWithChromium('in a browser', (browser) => {
  describe.each([
    [1280, 'light'],
    [400, 'dark'],
  ] as const)('the report at %i px, %s', (width, scheme) => {
    test('shows diagram and findings, asks for nothing, reports no error, cuts and covers nothing', async () => {
      const review = reviewOf(shop);
      const { page, noise, close } = await open(browser(), `report-${width}.html`, presentHtml(review), width, scheme);
      expect(await page.title()).toBe('Review of Test');
      expect(await page.locator('svg.breakwater .figure').count()).toBeGreaterThanOrEqual(14);
      expect(await page.locator('svg.breakwater').isVisible()).toBe(true);
      expect(await page.locator('article').count()).toBe(review.report.findings.length);
      for (const finding of await page.locator('article').all()) expect(await finding.isVisible()).toBe(true);
      expect(await page.evaluate(misplaced)).toEqual([]);
      expect(await page.evaluate(wider)).toEqual([]);
      const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(scheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)');
      expect(noise).toEqual([]);
      await close();
    });
  });

  test.each([
    [1280, 'light'],
    [400, 'dark'],
  ] as const)(
    'what it costs, at %i px, %s: shows sums, plots and strange names, asks for nothing, reports no error, cuts nothing',
    async (width, scheme) => {
      const result = costOf(read(shop), {
        profile: { version: 1 },
        prices: new Prices(US_EAST_1, false),
        loads: THREE_LOADS,
        crossover: true,
        charges: false,
      });
      const { page, noise, close } = await open(browser(), `cost-${width}.html`, await presentCostHtml(result), width, scheme);
      expect(await page.title()).toBe('Cost of Test');
      const plots = await page.locator('body > svg').all();
      expect(plots).toHaveLength(result.crossovers.length);
      expect(plots.length).toBeGreaterThan(0);
      for (const plot of plots) {
        const { x, width: wide } = (await plot.boundingBox())!;
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x + wide).toBeLessThanOrEqual(width);
      }
      const sum = page.locator('table').first().locator('tr', { hasText: 'sum' });
      expect(await sum.locator('td').allTextContents()).toEqual(['sum', ...result.report.loads.map(({ total }) => dollars(total))]);
      for (const table of await page.locator('table').all()) expect(await table.isVisible()).toBe(true);
      expect(await page.evaluate(wider)).toEqual([]);
      const ground = await page.evaluate<string>('getComputedStyle(document.body).color');
      expect(ground).toBe(scheme === 'dark' ? 'rgb(255, 255, 255)' : 'rgb(0, 0, 0)');
      expect(noise).toEqual([]);
      await close();
    },
  );

  test('the table of paths is sorted by keyboard', async () => {
    const { page, noise, close } = await open(browser(), 'sorted.html', presentHtml(reviewOf(shop)), 1280);
    const runs = () =>
      page.evaluate<number[]>("[...document.querySelectorAll('table.paths tbody tr')].map((row) => Number(row.cells[2].dataset.value))");
    const button = page.locator('table.paths th:nth-child(3) button');
    await button.focus();
    await page.keyboard.press('Enter');
    const rising = await runs();
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
    expect(new Set(rising).size).toBeGreaterThan(1);
    await page.keyboard.press('Enter');
    expect(await runs()).toEqual([...rising].sort((a, b) => b - a));
    expect(await page.locator('table.paths th:nth-child(3)').getAttribute('aria-sort')).toBe('descending');
    expect(noise).toEqual([]);
    await close();
  });

  test('the diagram alone is one picture, in light and in dark', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const { page, noise, close } = await open(browser(), `diagram-${scheme}.svg`, svgOf(flowOf(reviewOf(shop).graph)), 1280, scheme);
      expect(await page.evaluate(misplaced)).toEqual([]);
      const ground = await page.evaluate<string>("getComputedStyle(document.querySelector('.ground')).fill");
      expect(ground).toBe(scheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)');
      expect(noise).toEqual([]);
      await close();
    }
  });
});
