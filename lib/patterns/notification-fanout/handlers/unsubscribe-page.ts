import { createHash } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { PAGE_STYLE } from '../../../markup/page-style';
import { xml } from '../../../markup/xml';

const STYLE = `${PAGE_STYLE}
body{max-width:34rem;padding-top:clamp(2rem,12vh,8rem)}
button{font:inherit;font-weight:600;padding:0.6rem 1.4rem;margin-top:1.25rem;border:1px solid var(--link);border-radius:8px;background:var(--link);color:var(--ground);cursor:pointer}
`.trim();

/** Whoever reads the page has no business with anybody else: nothing is fetched, and the link with its token is told to nobody. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
} as const;

/** What the link is about, in words of the rules. */
export interface UnsubscribeTopic {
  readonly channel: string;
  readonly category: string;
}

/** Asks. Its form sends what a mail program sends by itself. https://www.rfc-editor.org/rfc/rfc8058#section-3.1 */
export function askingPage({ channel, category }: UnsubscribeTopic): APIGatewayProxyStructuredResultV2 {
  return page(
    200,
    'Unsubscribe',
    `<p>No more messages about <strong>${xml(category)}</strong> by ${xml(channel)}?</p>
<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button type="submit">Unsubscribe</button></form>`,
  );
}

export function donePage({ channel, category }: UnsubscribeTopic): APIGatewayProxyStructuredResultV2 {
  return page(
    200,
    'You are unsubscribed',
    `<p role="status">You get no more messages about <strong>${xml(category)}</strong> by ${xml(channel)}. One that is on its way already may still arrive.</p>`,
  );
}

export function refusingPage(): APIGatewayProxyStructuredResultV2 {
  return page(400, 'This link does not work', '<p>It is not whole. Open it from the message again, or copy all of it.</p>');
}

export function failingPage(): APIGatewayProxyStructuredResultV2 {
  const { headers, ...rest } = page(
    503,
    'Not done yet',
    '<p>Something on our side does not work right now. Please try again in a minute.</p>',
  );
  return { ...rest, headers: { ...headers, 'retry-after': '60' } };
}

/** @param body HTML */
function page(statusCode: number, title: string, body: string): APIGatewayProxyStructuredResultV2 {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${xml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${xml(title)}</h1>
${body}
</main>
</body>
</html>
`;
  return { statusCode, headers: { ...HEADERS }, body: html };
}
