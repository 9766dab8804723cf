/** Fetches a certificate of a URL that was allowed before. */
export type FetchCertificate = (url: string) => Promise<string>;

const TIMEOUT_MILLISECONDS = 2_000;
const MAX_BYTES = 64 * 1024;
const MAX_CACHED = 16;

/** A chain is a few kilobytes and never changes at its URL. Redirects are refused: what was allowed is that URL and no other. */
export function createCertificateFetcher(fetchUrl: typeof fetch): FetchCertificate {
  const cached = new Map<string, string>();
  return async (url) => {
    const known = cached.get(url);
    if (known !== undefined) return known;
    const response = await fetchUrl(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
    if (response.status !== 200) throw new Error(`the certificate's host answered ${response.status}`);
    const pem = await readLimited(response);
    const [oldest] = cached.keys();
    if (cached.size >= MAX_CACHED && oldest !== undefined) cached.delete(oldest);
    cached.set(url, pem);
    return pem;
  };
}

async function readLimited({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`the certificate has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
