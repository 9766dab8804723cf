import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCertificateFetcher } from '../../../../lib/patterns/webhook-ingestion/handlers/certificates';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A host of certificates, and how often it was asked. */
async function host(answer: RequestListener): Promise<{ readonly url: string; readonly asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/cert`, asked: () => asked };
}

test('a certificate is fetched once and kept', async () => {
  const { url, asked } = await host((_request, response) => response.end(PEM));
  const fetchCertificate = createCertificateFetcher(fetch);
  expect([await fetchCertificate(url), await fetchCertificate(url)]).toEqual([PEM, PEM]);
  expect(asked()).toBe(1);
});

test('a failure is not kept', async () => {
  const { url, asked } = await host((_request, response) => {
    response.statusCode = asked() === 1 ? 503 : 200;
    response.end(PEM);
  });
  const fetchCertificate = createCertificateFetcher(fetch);
  await expect(fetchCertificate(url)).rejects.toThrow('503');
  expect(await fetchCertificate(url)).toBe(PEM);
});

test('a redirect is not followed: what was allowed is that URL', async () => {
  const elsewhere = await host((_request, response) => response.end(PEM));
  const { url } = await host((_request, response) => response.writeHead(302, { location: elsewhere.url }).end());
  await expect(createCertificateFetcher(fetch)(url)).rejects.toThrow();
  expect(elsewhere.asked()).toBe(0);
});

test('more than a chain can have is not read to its end', async () => {
  let sent = 0;
  const { url } = await host((_request, response) => {
    const more = (): void => {
      while (sent < 50_000_000 && response.write(Buffer.alloc(65_536, 'a'))) sent += 65_536;
    };
    response.on('drain', more);
    more();
  });
  await expect(createCertificateFetcher(fetch)(url)).rejects.toThrow('more than 65536 bytes');
  expect(sent).toBeLessThan(50_000_000);
});

test('a host that does not answer is given up', async () => {
  const { url } = await host(() => undefined);
  const begun = performance.now();
  await expect(createCertificateFetcher(fetch)(url)).rejects.toThrow(/timeout|aborted/i);
  expect(performance.now() - begun).toBeLessThan(4_000);
});

test('only so many are kept: whoever names new URLs can not fill the memory', async () => {
  const { url, asked } = await host((_request, response) => response.end(PEM));
  const fetchCertificate = createCertificateFetcher(fetch);
  for (let number = 0; number < 17; number++) await fetchCertificate(`${url}/${number}`);
  await fetchCertificate(`${url}/16`);
  expect(asked()).toBe(17);
  await fetchCertificate(`${url}/0`);
  expect(asked()).toBe(18);
});
