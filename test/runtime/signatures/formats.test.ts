import { crc32 as crc32OfZlib } from 'node:zlib';
import * as fc from 'fast-check';
import { anyEqual } from '../../../lib/runtime/signatures/constant-time';
import { crc32 } from '../../../lib/runtime/signatures/crc32';
import { parseForm } from '../../../lib/runtime/signatures/form-encoding';
import { decodeBase64, decodeHex, parseInstant, parseSeconds } from '../../../lib/runtime/signatures/formats';
import { parseJsonPointer, resolveJsonPointer } from '../../../lib/runtime/signatures/json-pointer';

describe('seconds', () => {
  test('every whole number has exactly one spelling', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999_999_999_999 }), (value) => {
        expect(parseSeconds(String(value))).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789+-. eEx_') })), (text) => {
        const value = parseSeconds(text);
        expect(value === undefined || String(value) === text).toBe(true);
      }),
    );
    expect(parseSeconds('1000000000000000')).toBeUndefined();
    expect(parseSeconds('١٢٣')).toBeUndefined();
  });
});

describe('hex and base64', () => {
  test('bytes have exactly one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(decodeHex(buffer.toString('hex'), bytes.length)).toEqual(buffer);
        expect(decodeBase64(buffer.toString('base64'), bytes.length)).toEqual(buffer);
        expect(decodeHex(buffer.toString('hex'), bytes.length + 1)).toBeUndefined();
        expect(decodeBase64(buffer.toString('base64'), bytes.length + 1)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'09afAFgz+/-_= \n') }), (text) => {
        const fromHex = decodeHex(text, Math.ceil(text.length / 2));
        const fromBase64 = decodeBase64(text);
        expect(fromHex === undefined || fromHex.toString('hex') === text).toBe(true);
        expect(fromBase64 === undefined || fromBase64.toString('base64') === text).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['QQ', 'QQ=', 'QR==', 'QQ===', 'QQ==\n', 'Q Q==', 'QQ==QQ==', '-_8=', ' QQ=='])('%j is no canonical base64', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});

describe('date and time', () => {
  test('every second reads back, in any offset', () => {
    const instant = fc.date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('2099-12-31T23:59:59Z'), noInvalidDate: true });
    fc.assert(
      fc.property(instant, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offset) => {
        const local = new Date(date.getTime() + offset * 60_000).toISOString().replace('Z', '');
        const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) => String(part).padStart(2, '0'));
        expect(parseInstant(`${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`)).toBe(Math.floor(date.getTime() / 1000));
        expect(parseInstant(date.toISOString())).toBe(Math.floor(date.getTime() / 1000));
      }),
    );
  });

  test.each([
    '2023-02-29T00:00:00Z',
    '2023-04-31T00:00:00Z',
    '2023-13-01T00:00:00Z',
    '2023-01-01T24:00:00Z',
    '2023-01-01T00:60:00Z',
    '2023-01-01T00:00:60Z',
    '2023-01-01T00:00:00',
    '2023-01-01 00:00:00Z',
    '2023-01-01t00:00:00z',
    '2023-01-01T00:00:00.Z',
    '2023-01-01T00:00:00+0100',
    '2023-01-01T00:00:00+24:00',
    '2023-01-01T00:00:00+01:60',
    '2023-1-1T00:00:00Z',
    '+002023-01-01T00:00:00Z',
    ' 2023-01-01T00:00:00Z',
    '2023-01-01T00:00:00Z ',
    '2023-01-01',
    '1672531200',
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});

test('an offset is less than a day', () => {
  expect(parseInstant('1970-01-01T23:59:00+23:59')).toBe(0);
  expect(parseInstant('1970-01-01T00:00:00-23:59')).toBe(86_340);
});

describe('JSON pointer', () => {
  // https://www.rfc-editor.org/rfc/rfc6901#section-5
  const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, 'e^f': 3, 'g|h': 4, 'i\\j': 5, 'k"l': 6, ' ': 7, 'm~n': 8 };

  test.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('%j resolves as RFC 6901 says', (pointer, value) => {
    expect(resolveJsonPointer(document, pointer)).toEqual(value);
  });

  test.each(['/foo/2', '/foo/-', '/foo/01', '/foo/+1', '/foo/length', '/foo/0/0', '/toString', '/a/b', '/foo/__proto__'])(
    '%j leads nowhere',
    (pointer) => {
      expect(resolveJsonPointer(document, pointer)).toBeUndefined();
    },
  );

  test('behind null there is nothing', () => {
    expect(resolveJsonPointer({ foo: null }, '/foo/bar')).toBeUndefined();
  });

  test('~01 is ~1, not a slash', () => {
    expect(parseJsonPointer('/~01')).toEqual(['~1']);
  });

  test.each(['foo', '#/foo', '/~', '/~2', '/a~'])('%j is no pointer', (pointer) => {
    expect(resolveJsonPointer({ foo: 1 }, pointer)).toBeUndefined();
    expect(parseJsonPointer(pointer)).toBeUndefined();
  });
});

test('bytes of another length are not equal to any', () => {
  expect(anyEqual([Buffer.alloc(2)], [Buffer.alloc(3), Buffer.alloc(1)])).toBe(false);
  expect(anyEqual([Buffer.alloc(2)], [Buffer.alloc(3), Buffer.alloc(2)])).toBe(true);
});

test('a form reads back what the standard serialiser wrote', () => {
  const pair = fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 6 }), (pairs) => {
      expect(parseForm(Buffer.from(String(new URLSearchParams(pairs))))).toEqual(pairs);
    }),
  );
});

test('crc32 gives the published check value, and what zlib gives where it has one', () => {
  // https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-32-iso-hdlc
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  expect(crc32(Buffer.alloc(0))).toBe(0);
  if (!crc32OfZlib) return;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      expect(crc32(bytes)).toBe(crc32OfZlib(bytes));
    }),
  );
});
