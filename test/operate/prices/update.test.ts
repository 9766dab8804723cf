import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Decimal } from 'decimal.js';
import { prices } from '../../../lib/operate/prices/command';
import { OfferFileError, parseOfferFile } from '../../../lib/operate/prices/offer-file';
import { updatePrices } from '../../../lib/operate/prices/update';
import { parsePriceList } from '../../../lib/review/cost/price-file';
import { Prices } from '../../../lib/review/cost/price-list';
import { US_EAST_1 } from '../../../lib/review/cost/prices/us-east-1';

interface Product {
  readonly usagetype: string;
  readonly volumeType?: string;
  /** Begin of each band and its price. */
  readonly bands: ReadonlyArray<readonly [string, string]>;
}

/** A price file in the form that AWS documents, with made-up figures. */
function offerFile(offerCode: string, products: readonly Product[]) {
  return {
    formatVersion: 'v1.0',
    offerCode,
    publicationDate: '2026-11-02T09:00:00Z',
    products: Object.fromEntries(
      products.map(({ bands: _, ...product }, index) => [
        `SKU${index}`,
        { sku: `SKU${index}`, attributes: { servicecode: offerCode, ...product } },
      ]),
    ),
    terms: {
      OnDemand: Object.fromEntries(
        products.map(({ bands }, index) => [
          `SKU${index}`,
          {
            [`SKU${index}.TERM`]: {
              priceDimensions: Object.fromEntries(
                bands.map(([beginRange, USD], band) => [
                  `BAND${band}`,
                  { unit: 'Units', beginRange, endRange: bands[band + 1]?.[0] ?? 'Inf', pricePerUnit: { USD } },
                ]),
              ),
            },
          },
        ]),
      ),
    },
  };
}

describe('a price file of AWS', () => {
  test('gives prices by usage type without the prefix of the Region', () => {
    const { prices: found, publicationDate } = parseOfferFile(
      offerFile('AWSLambda', [
        {
          usagetype: 'EUC1-Lambda-GB-Second-ARM',
          bands: [
            ['0', '0.0000133334'],
            ['7500000000', '0.0000120001'],
          ],
        },
      ]),
      'file',
    );
    expect(publicationDate).toBe('2026-11-02');
    expect(found.get('Lambda-GB-Second-ARM')).toEqual({
      tiers: [
        { above: '0', price: '0.0000133334' },
        { above: '7500000000', price: '0.0000120001' },
      ],
    });
  });

  test('a band that costs nothing is the free tier, and what follows is the price from the first unit on', () => {
    const { prices: found } = parseOfferFile(
      offerFile('AWSQueueService', [
        {
          usagetype: 'Requests-Tier1',
          bands: [
            ['1000000', '0.0000004000'],
            ['0', '0.0000000000'],
            ['100000000000', '0.0000003'],
          ],
        },
      ]),
      'file',
    );
    expect(found.get('Requests-Tier1')).toEqual({
      free: '1000000',
      tiers: [
        { above: '0', price: '0.0000004' },
        { above: '100000000000', price: '0.0000003' },
      ],
    });
  });

  test.each([
    ['us-east-1-KMS-Keys', 'KMS-Keys'],
    ['USE1-ApiGatewayHttpRequest', 'ApiGatewayHttpRequest'],
    ['EU-Requests-Tier1', 'Requests-Tier1'],
    ['Requests-RBP', 'Requests-Tier1'],
    ['Requests-FIFO-RBP', 'Requests-FIFO-Tier1'],
    ['Requests-Fair-RBP', 'Requests-Fair-RBP'],
  ])('%s is %s in every Region', (usagetype, name) => {
    const { prices: found } = parseOfferFile(offerFile('AWSQueueService', [{ usagetype, bands: [['0', '0.1']] }]), 'file');
    expect([...found.keys()]).toEqual([name]);
  });

  test('two products of one price are one line, with the free tier that stands at either', () => {
    const free: Product = {
      usagetype: 'TimedStorage-ByteHrs',
      bands: [
        ['0', '0'],
        ['25', '0.25'],
      ],
    };
    const paid: Product = { usagetype: 'USE1-TimedStorage-ByteHrs', bands: [['0', '0.25']] };
    for (const products of [
      [free, paid],
      [paid, free],
    ])
      expect(parseOfferFile(offerFile('AmazonDynamoDB', products), 'file').prices.get('TimedStorage-ByteHrs')).toEqual({
        free: '25',
        tiers: [{ above: '0', price: '0.25' }],
      });
  });

  test('storage in S3 is priced as standard storage, not as the overhead that shares its usage type', () => {
    const { prices: found } = parseOfferFile(
      offerFile('AmazonS3', [
        { usagetype: 'TimedStorage-ByteHrs', volumeType: 'INTAAS3ObjectOverhead', bands: [['0', '0.021']] },
        { usagetype: 'TimedStorage-ByteHrs', volumeType: 'Standard', bands: [['0', '0.023']] },
      ]),
      'file',
    );
    expect(found.get('TimedStorage-ByteHrs')).toEqual({ tiers: [{ above: '0', price: '0.023' }] });
  });

  test('what products of one usage type do not agree on is left out', () => {
    const { prices: found } = parseOfferFile(
      offerFile('AmazonS3', [
        { usagetype: 'Requests-Tier1', bands: [['0', '0.1']] },
        { usagetype: 'Requests-Tier1', bands: [['0', '0.2']] },
      ]),
      'file',
    );
    expect(found.has('Requests-Tier1')).toBe(false);
  });

  test.each([[{}], [null], ['text'], [{ offerCode: 'X', publicationDate: '2026-01-01' }]])('%j is refused with its name', (value) => {
    expect(() => parseOfferFile(value, 'https://example.com/x')).toThrow(OfferFileError);
    expect(() => parseOfferFile(value, 'https://example.com/x')).toThrow('https://example.com/x: not a price file');
  });
});

describe('a list for another Region', () => {
  const file = (url: string) =>
    offerFile(/aws\/([^/]+)\//.exec(url)![1]!, [
      {
        usagetype: 'EUC1-Request',
        bands: [
          ['0', '0'],
          ['1000000', '0.00000021'],
        ],
      },
    ]);

  test('has the lines that were found, with the day of the file, and leaves out the others', async () => {
    const { list, notFound } = await updatePrices(US_EAST_1, 'eu-central-1', async (url) => file(url));
    expect(list.lines.map((line) => `${line.offer}/${line.usageType}`)).toEqual(['AWSLambda/Request']);
    expect(list.lines[0]).toMatchObject({ free: '1000000', source: 'AWS price file of 2026-11-02' });
    expect(list.lines.length + notFound.length).toBe(US_EAST_1.lines.length);
    expect(new Prices(list, false).of('AWSLambda/Request', new Decimal(2_000_000))!.toFixed()).toBe('0.42');
  });

  test('for the same Region keeps what was not found, and says so', async () => {
    const { list, notFound } = await updatePrices(US_EAST_1, 'us-east-1', async (url) => file(url));
    expect(list.lines).toHaveLength(US_EAST_1.lines.length);
    expect(notFound).toContainEqual({
      line: 'AmazonEC2/NatGateway-Hours',
      reason: expect.stringMatching(/too large to be fetched for it: kept from AWS Price List/),
    });
  });
});

describe('breakwater prices update', () => {
  let server: Server;
  let folder: string;
  let asked: string[];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url!);
      const offer = /^\/offers\/v1\.0\/aws\/([^/]+)\/current\/eu-west-1\/index\.json$/.exec(request.url!)?.[1];
      if (!offer) return response.writeHead(404).end();
      return response.end(JSON.stringify(offerFile(offer, [{ usagetype: 'EU-Request', bands: [['0', '0.5']] }])));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    asked = [];
    folder = mkdtempSync(path.join(tmpdir(), 'breakwater-prices-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test('writes a list that breakwater cost takes', async () => {
    const output = path.join(folder, 'prices.json');
    const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      expect(await prices(['update', '--region', 'eu-west-1', '--output', output, '--files', url()])).toBe(0);
      expect(written.mock.calls.join('')).toContain('1 prices of eu-west-1, 2026-11-02');
    } finally {
      written.mockRestore();
    }
    expect(parsePriceList(output, readFileSync(output, 'utf8')).lines).toHaveLength(1);
    expect(asked.some((one) => one.includes('AmazonEC2'))).toBe(false);
  });

  test('a Region without any file ends the update', async () => {
    await expect(prices(['update', '--region', 'ap-south-1', '--files', url()])).rejects.toThrow(
      /no price file of ap-south-1; is the Region's name right/,
    );
  });

  test.each([
    [['update'], 'give at least one --region'],
    [['update', '--region', 'Frankfurt'], '--region: a Region such as eu-central-1, given Frankfurt'],
    [['update', '--region', 'eu-west-1', '--region', 'eu-west-2', '--output', 'x'], '--output: only with one --region'],
    [['show'], 'show'],
  ])('%j is refused', async (args, message) => {
    await expect(prices(args)).rejects.toThrow(message);
  });
});
