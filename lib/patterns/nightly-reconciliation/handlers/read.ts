import path from 'node:path';
import { InputFault } from '../../../reconciliation-rules/input-fault';
import { carriesForward } from '../../../reconciliation-rules/per-side';
import type { DatabaseOptions } from '../../../runtime/reconciliation/database';
import { refuseUnusable } from '../../../runtime/reconciliation/limits';
import { partition } from '../../../runtime/reconciliation/partition';
import { sideBySide } from '../../../runtime/side-by-side';
import { type ReadItem, RunKey, type SnapshotFile } from '../contract';
import { refusing } from './refusing';
import { rulesOf, sourceFiles } from './run-inputs';
import type { RunStore } from './run-store';
import { type Scratch, withScratch } from './scratch';

export interface ReadDependencies extends Pick<DatabaseOptions, 'memoryBytes' | 'threads'> {
  readonly store: RunStore;
}

/** Each holds a piece of a file in memory. */
const UPLOADS_AT_A_TIME = 8;

/**
 * Reads one file of a snapshot, judges its rows, and puts them into the run cut into parts; what stands beside the parts last. Done once: a repetition does nothing.
 *
 * @throws InputFault when the file is damaged, lacks a column, has no rows or too many bad ones, or does not fit on the function's disk
 */
export function createRead({ store, ...limits }: ReadDependencies): (item: ReadItem) => Promise<void> {
  return (item) =>
    refusing(item, 'Read', store, async () => {
      if (await store.exists(RunKey.partition(item, item.side, item.file))) return;
      await withScratch((scratch) => read(item, scratch, { store, ...limits }));
    });
}

async function read(item: ReadItem, scratch: Scratch, { store, memoryBytes, threads }: ReadDependencies): Promise<void> {
  const { side, file: place, parts } = item;
  const rules = await rulesOf(item, store);
  const files = await sourceFiles(item, side, rules, store);
  const source = files[place]!;
  refuseTooLarge(item, source, scratch);
  const file = path.join(scratch.folder, 'source');
  const folder = path.join(scratch.folder, 'parts');
  const { name, content, mayBeEmpty, records, carried } = source;
  const kind = { isCarried: carried, carries: carriesForward(rules, side) };
  try {
    await store.download(source.key, file);
    const partitioned = await partition({ ...kind, rules, side, file, name, content, mayBeEmpty, parts, folder, memoryBytes, threads });
    if (records !== undefined && partitioned.read !== records)
      throw new InputFault(`${side}: ${name}: holds ${partitioned.read} records, but ${records} were written: it was damaged on its way`);
    // Of several files the share of bad rows is known once all are read.
    if (files.length === 1) refuseUnusable(rules, [partitioned]);
    await sideBySide([...partitioned.files.entries()], UPLOADS_AT_A_TIME, ([part, one]) =>
      store.upload(RunKey.part(item, side, place, part), path.join(folder, one)),
    );
    await store.writeJsonOnce(RunKey.partition(item, side, place), partitioned);
  } catch (error) {
    throw isDiskFull(error) ? tooLarge(item, source, scratch, 'ran out of space while it was read') : error;
  }
}

function refuseTooLarge(item: ReadItem, source: SnapshotFile, scratch: Scratch): void {
  if (source.bytes > scratch.freeBytes) throw tooLarge(item, source, scratch, 'does not fit');
}

function tooLarge({ side }: ReadItem, { name, bytes }: SnapshotFile, { freeBytes }: Scratch, what: string): InputFault {
  return new InputFault(
    `${side}: ${name}: ${what}: ${bytes} bytes, decompressed and in parts several times as much, and the function's disk has ${freeBytes} bytes free; give the function more ephemeral storage, or the source smaller files`,
  );
}

/** Of Node, or of the engine, which has it in its message only. */
function isDiskFull(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || /no space left on device/i.test(message);
}
