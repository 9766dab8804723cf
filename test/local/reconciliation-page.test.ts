import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { reportPage } from '../../lib/runtime/reconciliation/report-page';
import { describeWithChromium } from '../support/browser/browser';
import { wider } from '../support/browser/measure';
import { contextOf, hostileReport } from '../support/reconciliation/hostile-report';

jest.setTimeout(60_000);

const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-reconciliation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Texts of the plot that leave it or lie on one another. */
const misplaced = `(() => {
  const whole = document.querySelector('svg.plot').getBoundingClientRect();
  const texts = [...document.querySelectorAll('svg.plot text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
  const cut = texts.filter(([, box]) => box.left < whole.left || box.right > whole.right || box.top < whole.top || box.bottom > whole.bottom);
  const covered = texts.filter(([, a], index) => texts.slice(index + 1).some(([, b]) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1));
  return [...cut, ...covered].map(([text]) => text);
})()`;

describeWithChromium('in a browser', (browser) => {
  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const)(
    'the page of a reconciliation at %i px, %s, shows everything, asks for nothing, and cuts nothing',
    async (width, colorScheme) => {
      const report = hostileReport();
      const file = path.join(folder, `${width}-${colorScheme}.html`);
      writeFileSync(file, await reportPage(report, contextOf(report)));
      const context = await browser().newContext({ viewport: { width, height: 900 }, colorScheme });
      const page = await context.newPage();
      const noise: string[] = [];
      page.on('console', (message) => noise.push(message.text()));
      page.on('pageerror', (error) => noise.push(String(error)));
      page.on('request', (request) => {
        if (request.url() !== pathToFileURL(file).href && !request.url().startsWith('data:')) noise.push(request.url());
      });
      await page.goto(pathToFileURL(file).href);
      expect(await page.title()).toBe('Reconciliation ledger-vs-bank, 2026-11-21');
      const headings = await page.locator('h2').allTextContents();
      expect(headings).toEqual([
        'Breaks by class (38)',
        ...[
          'Ageing',
          'Largest breaks',
          'Closed and restated',
          'Last runs',
          'In transit (40)',
          'Bad rows (7)',
          'Both sides',
          'Proof of completeness',
        ],
      ]);
      for (const section of await page.locator('section').all()) expect(await section.isVisible()).toBe(true);
      expect(await page.locator('svg.plot rect.breaks').count()).toBe(31);
      await page.locator('summary').click();
      expect(await page.evaluate(wider)).toEqual([]);
      expect(await page.evaluate(misplaced)).toEqual([]);
      expect(await page.locator('script, img').count()).toBe(0);
      const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)');
      expect(noise).toEqual([]);
      if (process.env.BREAKWATER_SCREENSHOTS !== undefined)
        await page.screenshot({ path: path.join(process.env.BREAKWATER_SCREENSHOTS, `${width}-${colorScheme}.png`), fullPage: true });
      await context.close();
    },
  );
});
