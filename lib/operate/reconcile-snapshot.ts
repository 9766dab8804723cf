import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InputFault } from '../reconciliation-rules/input-fault';
import type { ReconcileSource } from '../runtime/reconciliation/reconcile';

/** What a run of the nightly reconciliation lists of each file it took. */
interface ListedFile {
  /** In the bucket: the folder below is the side's part of the snapshot. */
  readonly key: string;
  readonly name: string;
  readonly content?: ReconcileSource['content'];
  readonly mayBeEmpty?: boolean;
}

const FOLDER_OF_A_RUN = '/snapshot/';

/**
 * Files of one side of a snapshot that was copied from a run's bucket, with what the run knows of them: a table's export does not say by its names what it holds.
 *
 * @param folder holds `left.json`, `right.json` and the folders `left` and `right`
 * @throws InputFault when it is no such folder, or lacks a file that the run took
 */
export function snapshotSources(folder: string, side: 'left' | 'right'): ReconcileSource[] {
  const list = path.join(folder, `${side}.json`);
  if (!existsSync(list))
    throw new InputFault(
      `--snapshot: ${list}: no such file; copy all that lies under runs/DATE/RUN/snapshot/ in the bucket into ${folder}`,
    );
  return listed(list).map(({ key, name, content, mayBeEmpty }) => {
    const at = key.indexOf(FOLDER_OF_A_RUN);
    const file = path.join(folder, key.slice(at + FOLDER_OF_A_RUN.length));
    if (at === -1 || path.relative(folder, file).startsWith('..'))
      throw new InputFault(`--snapshot: ${list}: names ${JSON.stringify(key)}, which lies in no snapshot`);
    return { file, name, ...(content !== undefined && { content }), ...(mayBeEmpty !== undefined && { mayBeEmpty }) };
  });
}

function listed(file: string): readonly ListedFile[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InputFault(`--snapshot: ${file}: not valid JSON: ${(error as Error).message}`);
  }
  const isList = Array.isArray(value) && value.every((one) => typeof one?.key === 'string' && typeof one.name === 'string');
  if (!isList) throw new InputFault(`--snapshot: ${file}: is no list of the files of a snapshot`);
  return value as readonly ListedFile[];
}
