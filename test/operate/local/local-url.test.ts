import { localUrl } from '../../../lib/operate/local/local-url';

const engine = { endpoint: 'http://127.0.0.1:4612' };

test.each([
  [
    'an HTTP API as the engine names it',
    'http://7de988a5.execute-api.localhost:4612',
    'http://127.0.0.1:4612/_aws/execute-api/7de988a5/$default/',
  ],
  [
    'an HTTP API as AWS would',
    'https://7de988a5.execute-api.us-east-1.amazonaws.com/',
    'http://127.0.0.1:4612/_aws/execute-api/7de988a5/$default/',
  ],
  [
    'a path below it',
    'https://7de988a5.execute-api.us-east-1.amazonaws.com/stripe?a=b',
    'http://127.0.0.1:4612/_aws/execute-api/7de988a5/stripe?a=b',
  ],
  ['a stage', 'https://7de988a5.execute-api.eu-west-1.amazonaws.com/prod/', 'http://127.0.0.1:4612/_aws/execute-api/7de988a5/prod/'],
  ['a WebSocket API', 'wss://7de988a5.execute-api.eu-west-1.amazonaws.com/prod', 'ws://127.0.0.1:4612/_aws/execute-api/7de988a5/prod'],
  ['a function URL', 'https://hnab0la2r5.lambda-url.us-east-1.on.aws/', 'http://127.0.0.1:4612/_aws/lambda-url/hnab0la2r5/'],
  ['a queue', 'http://localhost:4612/000000000000/Q', 'http://localhost:4612/000000000000/Q'],
  ['any other address', 'https://example.com/x', 'https://example.com/x'],
  ['a name', 'my-table', 'my-table'],
  ['an ARN', 'arn:aws:sqs:us-east-1:000000000000:q', 'arn:aws:sqs:us-east-1:000000000000:q'],
])('%s becomes an address that this machine reaches, or stays as it is', (_case, output, local) => {
  expect(localUrl(engine, output)).toBe(local);
});
