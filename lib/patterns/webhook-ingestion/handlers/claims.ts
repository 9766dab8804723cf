import type { S3Client } from '@aws-sdk/client-s3';
import type { PutClaim } from './message';

/**
 * Puts bodies over the queue's limit.
 *
 * @param client called with the first such body: most functions never see one, and the S3 client costs their cold start
 */
export function createClaimStore(client: () => Promise<Pick<S3Client, 'send'>>, bucket: string): PutClaim {
  let loaded: Promise<Pick<S3Client, 'send'>> | undefined;
  return async ({ key, sha256 }, body) => {
    loaded ??= client();
    const [s3, { PutObjectCommand }] = await Promise.all([loaded, import('@aws-sdk/client-s3')]);
    // S3 refuses what arrives altered.
    const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: body.byteLength, ChecksumSHA256 }));
  };
}
