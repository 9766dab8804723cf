import type { InlineBody } from '../../blocks/contract';

/**
 * As text when the bytes are exactly what UTF-8 makes of it, so that a person can read a parked message. JSON escapes all characters that SQS
 * refuses but U+FFFE and U+FFFF. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function inline(body: Uint8Array): InlineBody {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = bytes.toString('utf8');
  const survives = Buffer.from(text, 'utf8').equals(bytes) && !/[\uFFFE\uFFFF]/.test(text);
  return survives ? { encoding: 'utf8', data: text } : { encoding: 'base64', data: bytes.toString('base64') };
}
