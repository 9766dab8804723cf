import { PutObjectCommand } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, type SendMessageCommandInput } from '@aws-sdk/client-sqs';

/** Services that stand in for AWS in memory. Each throws at a command it does not know, and fails once it is told how. */
abstract class Service {
  /** Given the number of the call, 1 for the first; what it returns is thrown. */
  failure: (call: number) => Error | undefined = () => undefined;
  calls = 0;

  readonly send = async (command: unknown): Promise<unknown> => {
    this.calls += 1;
    // A real request lets others go on meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    const failure = this.failure(this.calls);
    if (failure !== undefined) throw failure;
    return this.handle(command);
  };

  protected abstract handle(command: unknown): unknown;
}

export class SecretsManagerService extends Service {
  readonly #secrets = new Map<string, { AWSCURRENT?: string; AWSPREVIOUS?: string }>();

  /** As PutSecretValue: what was current becomes previous. */
  put(arn: string, value: string): void {
    this.#secrets.set(arn, { AWSCURRENT: value, AWSPREVIOUS: this.#secrets.get(arn)?.AWSCURRENT });
  }

  protected handle(command: unknown): unknown {
    if (!(command instanceof GetSecretValueCommand)) throw new Error('unknown command');
    const { SecretId, VersionStage } = command.input;
    const value = this.#secrets.get(SecretId!)?.[VersionStage as 'AWSCURRENT'];
    if (value === undefined) throw Object.assign(new Error(`no ${VersionStage} of ${SecretId}`), { name: 'ResourceNotFoundException' });
    return { SecretString: value };
  }
}

export class QueueService extends Service {
  readonly messages: SendMessageCommandInput[] = [];

  protected handle(command: unknown): unknown {
    if (!(command instanceof SendMessageCommand)) throw new Error('unknown command');
    this.messages.push(command.input);
    return { MessageId: String(this.messages.length) };
  }
}

export class BucketService extends Service {
  readonly objects = new Map<string, Uint8Array>();

  protected handle(command: unknown): unknown {
    if (!(command instanceof PutObjectCommand)) throw new Error('unknown command');
    this.objects.set(command.input.Key!, command.input.Body as Uint8Array);
    return {};
  }
}
