import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { parsePriceList } from '../../../lib/review/cost/price-file';
import { type PriceKey, Prices } from '../../../lib/review/cost/price-list';
import { US_EAST_1 } from '../../../lib/review/cost/prices/us-east-1';
import { PRICES } from '../../support/cost/estimates';

const keys = US_EAST_1.lines.map((line): PriceKey => `${line.offer}/${line.usageType}`);
const amounts = fc.integer({ min: 0, max: 1_000_000_000_000 });

describe('prices of a list', () => {
  test('each tier prices the units within it', () => {
    expect(PRICES.of('AWSLambda/Lambda-GB-Second', new Decimal(6_000_000_000))!.toFixed()).toBe('100000.2');
    expect(PRICES.of('AWSLambda/Lambda-GB-Second', new Decimal(6_000_000_001))!.toFixed()).toBe('100000.200015');
    expect(PRICES.of('AmazonApiGateway/ApiGatewayHttpRequest', new Decimal(301_000_000))!.toFixed()).toBe('300.9');
  });

  test('sums are exact where binary fractions are not', () => {
    expect(PRICES.of('AWSQueueService/Requests-Tier1', new Decimal(3))!.toFixed()).toBe('0.0000012');
  });

  test('the free tier is taken off only when it is asked for', () => {
    const free = new Prices(US_EAST_1, true);
    expect(PRICES.of('AWSLambda/Request', new Decimal(1_500_000))!.toFixed()).toBe('0.3');
    expect(free.of('AWSLambda/Request', new Decimal(1_500_000))!.toFixed()).toBe('0.1');
    expect(free.of('AWSLambda/Request', new Decimal(10))!.toFixed()).toBe('0');
  });

  test('a line that the list has not is undefined, never free', () => {
    expect(PRICES.of('AWSLambda/Something-Else', new Decimal(1))).toBeUndefined();
  });

  test('more of anything never costs less, and nothing costs nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...keys), amounts, amounts, (key, one, more) => {
        const less = PRICES.of(key, new Decimal(one))!;
        expect(PRICES.of(key, new Decimal(one).plus(more))!.gte(less)).toBe(true);
        expect(PRICES.of(key, new Decimal(0))!.isZero()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('every line of the list in the package names its source and stands once', () => {
    expect(new Set(keys).size).toBe(keys.length);
    expect(() => parsePriceList('prices.json', JSON.stringify(US_EAST_1))).not.toThrow();
  });
});

describe('a price list from a file', () => {
  const line = { offer: 'AWSLambda', usageType: 'Request', unit: 'request', source: 'here', tiers: [{ above: '0', price: '0.1' }] };
  const list = { version: 1, region: 'eu-central-1', currency: 'USD', date: '2026-01-01', lines: [line] };
  test.each([
    ['a binary fraction', { ...list, lines: [{ ...line, tiers: [{ above: '0', price: 0.1 }] }] }, 'lines[0].tiers[0]'],
    [
      'tiers that go down',
      {
        ...list,
        lines: [
          {
            ...line,
            tiers: [
              { above: '0', price: '1' },
              { above: '0', price: '2' },
            ],
          },
        ],
      },
      'lines[0].tiers[1].above: more than 0',
    ],
    [
      'a first tier above 0',
      { ...list, lines: [{ ...line, tiers: [{ above: '5', price: '1' }] }] },
      'lines[0].tiers[0].above: "0" for the first',
    ],
    ['one line twice', { ...list, lines: [line, line] }, 'lines[1]: each offer and usage type once; given "AWSLambda/Request"'],
    ['another currency', { ...list, currency: 'EUR' }, 'currency: "USD"; given "EUR"'],
    ['no Region', { ...list, region: 'Frankfurt' }, 'region: a Region such as eu-central-1; given "Frankfurt"'],
    ['no source', { ...list, lines: [{ ...line, source: '' }] }, 'lines[0].source: a text; given ""'],
  ])('%s is refused with its field', (_, value, message) => {
    expect(() => parsePriceList('prices.json', JSON.stringify(value))).toThrow(`prices.json: ${message}`);
  });
});
