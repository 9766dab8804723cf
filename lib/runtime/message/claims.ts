import type { S3Client } from '@aws-sdk/client-s3';
import type { ClaimedBody } from '../../blocks/contract';
import { MalformedMessageError } from '../failures';
import { sha256 } from './message';

/** Reads bodies that were too large for the queue. */
export type FetchClaim = (claim: ClaimedBody) => Promise<Uint8Array>;

/**
 * @param bucket undefined when the pattern has none: a claim is then malformed
 * @param client called once, with the first claim: most workers never see one, and the S3 client costs their cold start
 */
export function claimReader(bucket: string | undefined, client: () => Promise<Pick<S3Client, 'send'>>): FetchClaim {
  let loaded: Promise<Pick<S3Client, 'send'>> | undefined;
  return async (claim) => {
    if (bucket === undefined) throw new MalformedMessageError('the body was claimed, and this function has no claim bucket');
    loaded ??= client();
    const [s3, { GetObjectCommand }] = await Promise.all([loaded, import('@aws-sdk/client-s3')]);
    const bytes = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: claim.key })).then(
      async ({ Body }) => (await Body?.transformToByteArray()) ?? new Uint8Array(),
      (error: unknown) => {
        if ((error as Error).name !== 'NoSuchKey') throw error;
        throw new MalformedMessageError(`the claimed body ${claim.key} is missing`, { cause: error });
      },
    );
    if (bytes.byteLength !== claim.bytes || sha256(bytes) !== claim.sha256) {
      throw new MalformedMessageError(
        `the claimed body ${claim.key} is not the one that was stored: ${bytes.byteLength} bytes, expected ${claim.bytes}`,
      );
    }
    return bytes;
  };
}
