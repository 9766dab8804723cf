import { InputFault } from '../../../reconciliation-rules/input-fault';
import { RunKey, type SnapshotFile, type SourceSettings } from '../contract';
import type { SnapshotCall, SnapshotProgress } from './snapshot';

type HandlerSource = Extract<SourceSettings, { readonly kind: 'handler' }>;

/**
 * Lists what the user's function wrote: it ran before this step.
 *
 * AWS actions: `s3:ListBucket` on the bucket.
 *
 * @throws InputFault when it wrote nothing
 */
export async function listWritten({ content }: HandlerSource, { request, store }: SnapshotCall): Promise<SnapshotProgress> {
  const prefix = RunKey.snapshot(request, request.side);
  const files: SnapshotFile[] = [];
  for await (const { key, bytes } of store.list(prefix)) {
    if (bytes === 0 && key.endsWith('/')) continue;
    files.push({ key, name: key.slice(prefix.length), bytes, ...(content !== undefined && { content }) });
  }
  if (files.length === 0)
    throw new InputFault(
      `${request.side}: the source's function wrote no file under s3://${store.bucket}/${prefix}; a missing source is a failed run, not one without breaks`,
    );
  return { files };
}
