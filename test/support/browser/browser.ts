import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** `describe` for what is seen in a browser. Without Chromium it says so on a laptop, and fails in CI. */
export function describeWithChromium(name: string, tests: (browser: () => Browser) => void): void {
  if (!existsSync(CHROMIUM) && !process.env.CI) {
    test(`${name}: not checked, there is no ${CHROMIUM}`, () => {
      process.stderr.write(`\n${name}: NOT CHECKED. Install Chromium as ${CHROMIUM} to run it; CI does.\n`);
      expect(existsSync(CHROMIUM)).toBe(false);
    });
    return;
  }
  describe(name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    }, 60_000);
    afterAll(async () => browser?.close());
    tests(() => {
      if (browser === undefined) throw new Error('Chromium is not running');
      return browser;
    });
  });
}
