import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '..');
let folder: string;

/** Statements of a handler that may happen more than once. */
const REPEATED = [
  "await fetch('https://example.com');",
  "await globalThis.fetch('https://example.com', { method: 'POST' });",
  'await dynamoDb.send(new PutItemCommand({ TableName, Item }));',
  'await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }), options);',
  'await sqs.send(command);',
  'await Promise.all(events.map((event) => sns.send(new PublishCommand(event))));',
  "await axios('https://example.com');",
  "await axios.post<Receipt>('https://example.com', { amount });",
  "await got.post('https://example.com');",
  "https.request('https://example.com').end();",
  'net.connect(443).end();',
  "new WebSocket('wss://example.com');",
  'if (amount > 0) setImmediate(() => { fetch(url); });',
];

/** Statements that are as they should be, or beyond what can be told. */
const ALLOWED = [
  'transaction.put({ TableName, Item: { id } });',
  "await external('charge', (idempotencyKey) => fetch(url, { headers: { 'idempotency-key': idempotencyKey } }));",
  "await external<Receipt>('charge', async (idempotencyKey) => { return (await axios.post(url, { idempotencyKey })).data; }, options);",
  "await context.external('mail', (idempotencyKey) => ses.send(new SendEmailCommand({ idempotencyKey })));",
  'await dynamoDb.send(new GetItemCommand({ TableName, Key }));',
  'await dynamoDb.send(\n new QueryCommand({ TableName }));',
  'await s3.send(new HeadObjectCommand({ Bucket, Key }));',
  'logger.info("recorded");',
  'prefetch(id); kyoto.get(id); httpStatus.get(id);',
];

const worker = (statement: string) =>
  `import { worker } from 'cdk-breakwater/runtime';\nexport const handler = worker<Payment>({ handle: async (payment, context) => {\n${statement}\n} });\n`;

const files: Record<string, string> = {
  ...Object.fromEntries(REPEATED.map((statement, index) => [`repeated-${index}.ts`, worker(statement)])),
  ...Object.fromEntries(ALLOWED.map((statement, index) => [`allowed-${index}.ts`, worker(statement)])),
  'api.mjs': `import { idempotentApi } from "cdk-breakwater/runtime";\nexport const handler = idempotentApi({ name: 'a', handle: async () => {\nawait fetch(url);\n} });\n`,
  'common.cjs': `const { worker } = require('cdk-breakwater/runtime');\nexports.handler = worker({ handle: async () => {\nawait fetch(url);\n} });\n`,
  'same-file.ts': `import { worker } from 'cdk-breakwater/runtime';\nasync function charge() {\nawait fetch(url);\n}\nexport const handler = worker({ handle: () => charge() });\n`,
  'accepted.ts': `import { worker } from 'cdk-breakwater/runtime';\n// biome-ignore lint/plugin: read once, at start-up\nconst keys = await fetch(url);\nexport const handler = worker({ handle: () => use(keys) });\n`,
  'no-handler.ts': "import type { Message } from 'cdk-breakwater/runtime';\nexport const load = (message: Message) => fetch(message.id);\n",
  'stranger.ts': "import { worker } from './own';\nexport const handler = worker({ handle: () => fetch(url) });\n",
};
const FOUND = [...REPEATED.map((_, index) => `repeated-${index}.ts`), 'api.mjs', 'common.cjs', 'same-file.ts'].sort();

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-effects-lint-'));
  mkdirSync(path.join(folder, 'src'));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, 'src', file), text);
  spawnSync('git', ['init', '-q'], { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Files with a finding of a plugin, and what it says; each is on the third line. */
function findings(under: string): { files: string[]; messages: string[] } {
  const biome = path.join(root, 'node_modules/.bin/biome');
  const { error, stdout } = spawnSync(biome, ['lint', '--reporter=github', '--max-diagnostics=none', under], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(error).toBeUndefined();
  const found = [...stdout.matchAll(/^::error title=plugin,file=(\S+?),line=3,.*?::(.*)$/gm)];
  return {
    files: found.map((match) => path.relative(path.join(folder, under), path.resolve(folder, match[1]!))).sort(),
    messages: found.map((match) => match[2]!),
  };
}

test("a user's configuration finds each effect outside of transaction and external, and nothing else", () => {
  cpSync(path.join(root, 'lint'), path.join(folder, 'node_modules/cdk-breakwater/lint'), { recursive: true });
  const documented = /```json\n([\s\S]*?)```/.exec(readFileSync(path.join(root, 'docs/effects-lint.md'), 'utf8'))![1]!;
  writeFileSync(path.join(folder, 'biome.json'), documented);
  const found = findings('src');
  expect(found.files).toEqual(FOUND);
  expect(new Set(found.messages)).toEqual(new Set([expect.stringContaining('This may happen more than once')]));
  expect(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).files).toContain('lint');
});

test('our own examples are held to it', () => {
  for (const part of ['biome.json', 'lint']) cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
  cpSync(path.join(folder, 'src'), path.join(folder, 'examples/one'), { recursive: true });
  expect(findings('examples').files).toEqual(FOUND.map((file) => path.join('one', file)));
});
