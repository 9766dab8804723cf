import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { CreatePlatformApplicationCommand, CreatePlatformEndpointCommand, SNSClient } from '@aws-sdk/client-sns';
import type { StormScene, StormTarget } from '../../../lib/operate/storm/contract';
import type { Known } from './oracle/rules-file';
import type { Crowd } from './recipients';

const DOMAINS = ['shop.example', 'shop-reserve.example'];
const AT_ONCE = 10;

/** What stands outside of the stack: identities that SES has verified, and the app that SNS pushes to. */
export async function makeKnown({ clientConfig }: StormTarget): Promise<void> {
  const ses = new SESv2Client({ ...clientConfig });
  const sns = new SNSClient({ ...clientConfig });
  try {
    for (const EmailIdentity of DOMAINS) await ses.send(new CreateEmailIdentityCommand({ EmailIdentity })).catch(ignoreExisting);
    await sns.send(new CreatePlatformApplicationCommand({ Name: 'shop', Platform: 'GCM', Attributes: { PlatformCredential: 'none' } }));
  } finally {
    ses.destroy();
    sns.destroy();
  }
}

/** As an operator does who moves here from another product. */
export async function importRecipients(breakwater: StormScene['breakwater'], recipients: readonly Known[]): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'breakwater-storm-'));
  try {
    const file = path.join(folder, 'recipients.jsonl');
    await writeFile(file, recipients.map((one) => JSON.stringify(one)).join('\n'));
    await breakwater(['notifications', 'recipients', 'import', file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tokens of devices by their endpoints: asked for again, a token has the endpoint that it has. */
export async function endpointsOf(
  target: StormTarget,
  { recipients }: Crowd,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const sns = new SNSClient({ ...target.clientConfig });
  const tokens = new Map(recipients.map(({ id, addresses }) => [id, addresses?.push]));
  const wanted = ids.flatMap((id) => tokens.get(id) ?? []);
  const found = new Map<string, string>();
  try {
    for (let first = 0; first < wanted.length; first += AT_ONCE)
      await Promise.all(
        wanted.slice(first, first + AT_ONCE).map(async (Token) => {
          const { EndpointArn } = await sns.send(
            new CreatePlatformEndpointCommand({ PlatformApplicationArn: target.outputs.PushApplication, Token }),
          );
          found.set(EndpointArn!, Token);
        }),
      );
    return found;
  } finally {
    sns.destroy();
  }
}

function ignoreExisting(error: unknown): void {
  if ((error as Error).name !== 'AlreadyExistsException') throw error;
}
