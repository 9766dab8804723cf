/** CRC-32 as zlib computes it. Own code, because `zlib.crc32` came with Node 20.15 and 22.2. */
export function crc32(bytes: Uint8Array): number {
  const table = remainders();
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

let computed: Uint32Array | undefined;

function remainders(): Uint32Array {
  computed ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    return remainder;
  });
  return computed;
}
