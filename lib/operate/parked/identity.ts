import { hostname, userInfo } from 'node:os';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Access } from '../commands/places';
import { engineRequest } from '../local/engine-request';

/** Under whose name a change is kept. */
export interface Identity {
  readonly by: string;
  /** Why it isn't the name that AWS knows. */
  readonly note?: string;
}

const MOST_MS = 5_000;

/** The ARN that AWS knows the caller by (`sts:GetCallerIdentity`, which needs no permission), or this machine's user when STS can't be reached. */
export async function identityOf(access: Access): Promise<Identity> {
  try {
    const arn = await callerArn(access);
    if (arn !== undefined) return { by: arn };
  } catch {
    // A network without a way to STS: the desk is asked by another one.
  }
  const by = `${userInfo().username}@${hostname()}`;
  return { by, note: `AWS did not say who you are: what you do is kept under ${by}` };
}

async function callerArn(access: Access): Promise<string | undefined> {
  const { config } = new CloudFormationClient(access);
  const [region, credentials] = [await config.region(), await config.credentials()];
  const answer = await engineRequest(
    {
      endpoint: endpointOf(access, region),
      region,
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
    },
    {
      service: 'sts',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
      signal: AbortSignal.timeout(MOST_MS),
    },
  );
  return answer.status === 200 ? /<Arn>([^<]+)<\/Arn>/.exec(answer.text)?.[1] : undefined;
}

function endpointOf({ endpoint }: Access, region: string): string {
  const given = typeof endpoint === 'string' ? endpoint : (process.env.AWS_ENDPOINT_URL_STS ?? process.env.AWS_ENDPOINT_URL);
  return given ?? `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
