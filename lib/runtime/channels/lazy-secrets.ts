import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CLIENT_CONFIG } from '../client-config';
import { createSecretReader, type SecretReader } from '../secret-reader';
import type { Telemetry } from '../telemetry';

/** Reads secrets with a client that is loaded with the first one: most channels need none. */
export function lazySecretReader({ trace }: Pick<Telemetry, 'trace'>): SecretReader {
  let client: SecretsManagerClient | undefined;
  return createSecretReader({
    now: () => Date.now(),
    async getSecretValue(request) {
      const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
      client ??= trace.captureClient(new SecretsManagerClient(CLIENT_CONFIG));
      return client.send(new GetSecretValueCommand(request));
    },
  });
}
