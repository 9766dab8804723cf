import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { DeskRequest, ParkedBody } from '../../../lib/blocks/parking-contract';
import { compacted, indented } from '../../../lib/operate/parked/json-text';
import { parkedGroup, parkedMessage } from '../../support/parked/desks';
import { parkedWorld } from '../../support/parked/run';
import { testTerminal } from '../../support/terminal';

const { endpoint, deploy, run } = parkedWorld();
const ID = '9c1b77d03f2a5e10';
const GROUP = '3f2a9c1b77d0';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-bodies-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('parked edit', () => {
  const EVENT = '{"amount":12345678901234567890,"currency":null}';
  const desk = (body: ParkedBody, validated: 'valid' | 'not validated' | 'refuses' = 'valid') =>
    deploy({
      show: () => ({ message: parkedMessage(), body, attributes: {}, versions: [], history: [] }),
      edit: () => (validated === 'refuses' ? 'currency: must be a text' : { message: parkedMessage({ edits: 1 }), validated }),
    });
  const edits = () =>
    endpoint().asked.filter(
      (request): request is Extract<DeskRequest, { command: 'edit' }> & { functionName: string } => request.command === 'edit',
    );
  /** An editor that runs a script over the file. */
  const editor = (script: string) => {
    const file = path.join(folder, 'editor.js');
    writeFileSync(
      file,
      `#!${process.execPath}\nconst fs = require('node:fs'); const file = process.argv.at(-1); let text = fs.readFileSync(file, 'utf8');\n${script}`,
    );
    chmodSync(file, 0o700);
    delete process.env.VISUAL;
    process.env.EDITOR = `${file} --wait`;
  };
  const save = (change: string) => editor(`fs.writeFileSync(file, ${change} + '\\n');`);
  const edit = (...args: string[]) => run(['edit', ID, '--because', 'no currency', ...args], testTerminal({ answer: '' }));
  const drafts = () => readdirSync(tmpdir()).filter((name) => name.startsWith('breakwater-edit-'));

  test('opens the event in the editor, indented, and stores what was saved with the reason', async () => {
    desk({ encoding: 'utf8', data: EVENT });
    save(`(fs.writeFileSync(${JSON.stringify(path.join(folder, 'seen'))}, text), text.replace('null', '"EUR"'))`);
    const before = drafts();
    const { code, out } = await edit();
    expect(code).toBe(0);
    expect(readFileSync(path.join(folder, 'seen'), 'utf8')).toBe('{\n  "amount": 12345678901234567890,\n  "currency": null\n}');
    expect(edits()).toMatchObject([
      { message: ID, because: 'no currency', by: 'arn:aws:iam::111122223333:user/ann', body: { encoding: 'utf8' } },
    ]);
    expect(compacted(edits()[0]!.body.data)).toBe('{"amount":12345678901234567890,"currency":"EUR"}');
    expect(out).toBe(`${ID} is edited, the worker's schema takes it; the original is kept\nnext: npx breakwater parked redrive ${ID}\n`);
    expect(drafts()).toEqual(before);
  });

  test.each([['text'], ["JSON.stringify(JSON.parse('[1]')) && text.replace(/\\s/g, '')"]])(
    'saved as it was changes nothing: %s',
    async (change) => {
      desk({ encoding: 'utf8', data: EVENT });
      save(change);
      expect(await edit()).toMatchObject({ code: 0, note: 'nothing differs: nothing was changed\n' });
      expect(edits()).toEqual([]);
    },
  );

  test.each([
    ['an event that is no JSON any more', "text + '}'", /the event was JSON and is not any more: .*Nothing was changed/],
    ['what the schema refuses', "text.replace('null', '7')", /currency: must be a text/],
  ])('%s is not stored, and the text is not lost', async (_name, change, reason) => {
    desk({ encoding: 'utf8', data: EVENT }, 'refuses');
    save(change);
    const { error, note } = await edit();
    expect(error).toMatch(reason);
    const draft = /your text is kept: (\S+);/.exec(note)![1]!;
    expect(readFileSync(draft, 'utf8')).toContain('12345678901234567890');
    rmSync(path.dirname(draft), { recursive: true });
  });

  test('an editor that fails changes nothing', async () => {
    desk({ encoding: 'utf8', data: EVENT });
    editor('process.exit(3)');
    const { error, note } = await edit();
    expect(error).toMatch(/the editor \(.*\) ended with 3\. Nothing was changed/);
    rmSync(path.dirname(/kept: (\S+);/.exec(note)![1]!), { recursive: true });
    expect(edits()).toEqual([]);
  });

  test('a file is taken instead, of bytes too, and needs nobody at the terminal', async () => {
    const file = path.join(folder, 'event');
    writeFileSync(file, Buffer.from([0, 255, 1]));
    desk({ encoding: 'base64', data: 'AP8=' }, 'not validated');
    const { out } = await run(['edit', ID, '--because', 'x', '--file', file, '--json']);
    expect(JSON.parse(out).validated).toBe('not validated');
    expect(edits()[0]!.body).toEqual({ encoding: 'base64', data: 'AP8B' });
    expect((await edit()).error).toMatch(/is not text: give --file FILE/);
    desk({ encoding: 'utf8', data: 'a text' });
    expect((await run(['edit', ID, '--because', 'x', '--file', file])).error).toMatch(/is not UTF-8 text/);
  });

  test('needs a reason, a message, and somebody to edit', async () => {
    desk({ encoding: 'utf8', data: EVENT });
    expect((await run(['edit', ID])).error).toMatch(/parked edit: say why/);
    expect((await run(['edit', GROUP, '--because', 'x'])).error).toMatch(/is a group, and this takes a message/);
    expect((await run(['edit', ID, '--because', 'x'])).error).toMatch(/nobody is here to edit: give --file FILE/);
  });
});

describe('parked export', () => {
  const many = () => {
    const ids = Array.from({ length: 21 }, (_, index) => index.toString(16).padStart(16, '0'));
    deploy({
      groups: () => ({ groups: [parkedGroup()] }),
      messages: () => ({ messages: ids.map((id) => parkedMessage({ id })) }),
      show: ({ message }) => ({
        message: parkedMessage({ id: message }),
        body: { encoding: 'utf8', data: `body of ${message}\u001b[2J\u2028` },
        attributes: {},
        versions: [],
        history: [],
      }),
    });
    return ids;
  };
  const idsOf = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ message, body }) => (body.data === `body of ${message.id}\u001b[2J\u2028` ? message.id : 'another body'));

  test('writes a line for each parked message, in order, with its body', async () => {
    const ids = many();
    const { out } = await run(['export', GROUP]);
    expect(idsOf(out)).toEqual(ids);
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(endpoint().asked).toContainEqual(expect.objectContaining({ command: 'messages', state: 'parked' }));
  });

  test('a body that the desk refuses does not keep the others: its line says why', async () => {
    const ids = many();
    const { model } = endpoint().account.desks[0]!;
    deploy({ ...model, show: (request) => (request.message === ids[3] ? 'too large: it lies in s3://bodies/3' : model.show!(request)) });
    const lines = (await run(['export', GROUP])).out.trim().split('\n');
    expect(lines).toHaveLength(21);
    expect(JSON.parse(lines[3]!)).toMatchObject({ message: { id: ids[3] }, refused: 'too large: it lies in s3://bodies/3' });
  });

  test('into a folder: a file a name, for nobody else to read', async () => {
    const ids = many();
    const to = path.join(folder, 'parked');
    const { out } = await run(['export', GROUP, ID, '--to', to]);
    expect(out).toBe(`${path.join(to, `${GROUP}.jsonl`)}: 21 messages\n${path.join(to, `${ID}.jsonl`)}: 1 message\n`);
    expect(readdirSync(to).sort()).toEqual([`${GROUP}.jsonl`, `${ID}.jsonl`]);
    expect(idsOf(readFileSync(path.join(to, `${GROUP}.jsonl`), 'utf8'))).toEqual(ids);
    expect(statSync(path.join(to, `${GROUP}.jsonl`)).mode & 0o077).toBe(0);
  });
});

test('JSON indented or compacted is the same JSON, to the last digit of its numbers', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(JSON.parse(indented(text)!)).toEqual(JSON.parse(text));
      expect(compacted(indented(text)!)).toBe(compacted(text));
      expect(compacted(text)).toBe(JSON.stringify(JSON.parse(text)) === text ? text : compacted(text));
    }),
  );
  expect(compacted(indented('[1.50, 1e400, -0, 12345678901234567890]')!)).toBe('[1.50,1e400,-0,12345678901234567890]');
  expect(indented('not JSON')).toBeUndefined();
});
