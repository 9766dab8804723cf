import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes of a file from `from` on, up to `to`. */
export interface Frame {
  readonly from: number;
  readonly to: number;
}

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const RUN_LENGTH_BLOCK = 1;
const RESERVED_BLOCK = 3;

/**
 * The whole frames of a zstd file. Node's decompressor stops behind the first one and takes a file that is cut short for a whole one, so the file is walked from
 * block to block first.
 *
 * @returns the frames that hold data, or undefined when the file does not end where its last frame does
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */
export function zstdFrames(file: string): readonly Frame[] | undefined {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const frames: Frame[] = [];
    let at = 0;
    while (at < size) {
      const { to, isSkippable } = frameFrom(descriptor, at);
      if (to > size) return undefined;
      if (!isSkippable) frames.push({ from: at, to });
      at = to;
    }
    return frames.length === 0 ? undefined : frames;
  } finally {
    closeSync(descriptor);
  }
}

const NO_FRAME = { to: Number.POSITIVE_INFINITY, isSkippable: false } as const;

function frameFrom(descriptor: number, from: number): { readonly to: number; readonly isSkippable: boolean } {
  const header = Buffer.alloc(8);
  if (readSync(descriptor, header, 0, header.length, from) < 5) return NO_FRAME;
  const magic = header.readUInt32LE(0);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) return { to: from + 8 + header.readUInt32LE(4), isSkippable: true };
  if (magic !== MAGIC) return NO_FRAME;
  const descriptorByte = header[4]!;
  const isSingleSegment = (descriptorByte & 0x20) !== 0;
  const hasChecksum = (descriptorByte & 0x04) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptorByte & 0x03]!;
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptorByte >> 6]!;
  let at = from + 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes;
  for (;;) {
    if (readSync(descriptor, header, 0, BLOCK_HEADER_BYTES, at) < BLOCK_HEADER_BYTES) return NO_FRAME;
    const block = header.readUIntLE(0, BLOCK_HEADER_BYTES);
    const type = (block >> 1) & 0x03;
    if (type === RESERVED_BLOCK) return NO_FRAME;
    at += BLOCK_HEADER_BYTES + (type === RUN_LENGTH_BLOCK ? 1 : block >> 3);
    if ((block & 1) === 1) return { to: at + (hasChecksum ? CHECKSUM_BYTES : 0), isSkippable: false };
  }
}
