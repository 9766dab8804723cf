import { NotSentError, PermanentError, RefusedError, RetryAfterError } from '../../../lib/runtime';
import { EventClosedError, openQueueEvent } from '../../../lib/runtime/external/open-event';
import { certainlyNotDone } from '../../../lib/runtime/external/outcome';

describe("a provider's error says that nothing happened", () => {
  test.each<[string, unknown]>([
    ['a refusal for good', new PermanentError('no')],
    ['a time to come back', new RetryAfterError(0)],
    ['a channel that did not send', new NotSentError('the provider is busy')],
    ['a channel whose message was refused', new RefusedError('content: too long')],
    ['a connection that was refused', { code: 'ECONNREFUSED' }],
    ['a host that is not known', { code: 'ENOTFOUND' }],
    ['a name server that is busy', { code: 'EAI_AGAIN' }],
    ['a connection that fetch could not make', { cause: { code: 'ECONNREFUSED' } }],
    ['400', { status: 400 }],
    ['404 as statusCode', { statusCode: 404 }],
    ['422 of a response', { response: { status: 422 } }],
    ['429 of the SDK', { $metadata: { httpStatusCode: 429 } }],
    ['499', { status: 499 }],
    ['a status that is no number beside one that is', { status: 'declined', statusCode: 402 }],
    ['a refused connection, whatever else it says', { code: 'ECONNREFUSED', status: 500 }],
  ])('by %s', (_name, error) => {
    expect(certainlyNotDone(error)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['a connection that was lost', { code: 'ECONNRESET' }],
    ['a connection that fetch lost', { cause: { code: 'ECONNRESET' } }],
    ['a cause that is null', { cause: null }],
    ['a cause that is a text', { cause: 'ENOTFOUND' }],
    ['399', { status: 399 }],
    ['408: the request may have arrived', { status: 408 }],
    ['409: an earlier one may be at work', { statusCode: 409 }],
    ['500', { response: { status: 500 } }],
    ['503 of the SDK', { $metadata: { httpStatusCode: 503 } }],
    ['503 that could not reach another', { status: 503, cause: { code: 'ECONNREFUSED' } }],
    ['a status that is a text', { status: '400' }],
    ['nothing', {}],
    ['a response without a status', { response: {}, $metadata: {} }],
    ['a text', 'ECONNREFUSED'],
    ['null', null],
    ['undefined', undefined],
  ])('but not by %s', (_name, error) => {
    expect(certainlyNotDone(error)).toBe(false);
  });
});

test('an event that is closed says by what, and one whose record is not told says that', () => {
  const event = openQueueEvent({ tableName: 't', retentionSeconds: 1 }, { key: 'k', payloadHash: 'hash' });
  const done = event.closed({ validation: { S: 'hash' }, status: { S: 'COMPLETED' } });
  expect(done).toEqual(new EventClosedError({ kind: 'duplicate' }));
  expect(done).toMatchObject({ name: 'EventClosedError', message: 'the event is closed: duplicate', obstacle: { kind: 'duplicate' } });
  expect(event.closed(undefined)).toEqual(new Error('the record that closed the event was not returned'));
  expect(event.closed(undefined)).not.toBeInstanceOf(EventClosedError);
});
