import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Objects of one bucket: bodies of parked messages, or claimed ones on their way back. */
export interface Bodies {
  /** @returns undefined when there is none any more */
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, body: Uint8Array): Promise<void>;
}

export function bodiesIn(bucket: string, s3: Pick<S3Client, 'send'>): Bodies {
  return {
    async read(key) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        if ((error as Error).name !== 'NoSuchKey') throw error;
        return undefined;
      }
    },
    async write(key, body) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: body.byteLength }));
    },
  };
}
