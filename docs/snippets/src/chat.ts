import { channel, NotSentError, RefusedError } from 'cdk-breakwater/runtime';

export const handler = channel({
  send: async ({ address, content, idempotencyKey }) => {
    const response = await fetch('https://chat.example.com/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ to: address, text: content.text }),
      signal: AbortSignal.timeout(5_000),
    });
    if (response.status === 404) throw new RefusedError('gone: the chat knows no such user', { suppress: true });
    if (response.status === 429) throw new NotSentError('the chat is busy');
    // Of any other failure nobody knows what came of it.
    if (!response.ok) throw new Error(`the chat answered ${response.status}`);
    const { id } = (await response.json()) as { id: string };
    return { id };
  },
});
