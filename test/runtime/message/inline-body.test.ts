import * as fc from 'fast-check';
import { inline } from '../../../lib/runtime/message/inline-body';

test.each<[string, string | Uint8Array, string, string]>([
  ['text as it is', 'käse 🧀', 'utf8', 'käse 🧀'],
  ['nothing as it is', '', 'utf8', ''],
  ['bytes that are no UTF-8 as base64', Uint8Array.of(0x22, 0xff, 0x22), 'base64', 'Iv8i'],
  ['a character that no queue takes as base64', 'a\uffff', 'base64', 'Ye+/vw=='],
  ['the other character that no queue takes as base64', 'a\ufffe', 'base64', 'Ye+/vg=='],
])('%s', (_name, body, encoding, data) => {
  expect(inline(typeof body === 'string' ? Buffer.from(body) : body)).toEqual({ encoding, data });
});

test('of a larger buffer only its own bytes, and each of them', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(8), (bytes, offset) => {
      const part = new Uint8Array([...new Uint8Array(offset), ...bytes, 7]).subarray(offset, offset + bytes.length);
      const { encoding, data } = inline(part);
      expect(Buffer.from(data, encoding)).toEqual(Buffer.from(bytes));
    }),
  );
});
