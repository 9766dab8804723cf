import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { InputFault } from '../../reconciliation-rules/input-fault';
import { zstdFrames } from './zstd-frames';

/**
 * Writes what a compressed file holds to a file of its own in the folder.
 *
 * @returns path of that file
 * @param named what errors call it
 * @throws InputFault for a file that is cut short or damaged: what could be read of it is no source
 */
export async function decompressed(
  file: string,
  compression: 'gzip' | 'zstd',
  { folder, named = file }: { readonly folder: string; readonly named?: string },
): Promise<string> {
  const target = path.join(await mkdtemp(path.join(folder, 'decompressed-')), 'source');
  try {
    await (compression === 'gzip' ? gunzip(file, target, named) : unzstd(file, target, named));
  } catch (error) {
    if (!/^(Z_|ZSTD_)/.test(String((error as NodeJS.ErrnoException).code ?? ''))) throw error;
    throw damaged(named, `${compression}: ${(error as Error).message}`);
  }
  return target;
}

const damaged = (file: string, fault: string): InputFault => new InputFault(`${file}: is cut short or damaged (${fault}); fetch it again`);

async function gunzip(file: string, target: string, named: string): Promise<void> {
  const decompressor = zlib.createGunzip();
  await pipeline(createReadStream(file), decompressor, createWriteStream(target));
  // Zeros behind the last member end the stream without an error: so does a download that only reserved its place.
  const behind = (await stat(file)).size - decompressor.bytesWritten;
  if (behind > 0) throw damaged(named, `gzip: ${behind} bytes behind the compressed data`);
}

async function unzstd(file: string, target: string, named: string): Promise<void> {
  const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: () => Transform };
  if (createZstdDecompress === undefined)
    throw new InputFault(
      `${named}: zstd needs Node.js 22.15 or later, this is ${process.version}; use a later one, or decompress the file first: zstd -d`,
    );
  const frames = zstdFrames(file);
  if (frames === undefined) throw damaged(named, 'zstd: does not end where its last frame does');
  for (const { from, to } of frames)
    await pipeline(createReadStream(file, { start: from, end: to - 1 }), createZstdDecompress(), createWriteStream(target, { flags: 'a' }));
}
