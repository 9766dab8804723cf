import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { Alarms, Handler, type HandlerOptions, WebhookIngestion, type WebhookIngestionProps, WebhookSender } from '../../../lib';

export const ARN = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret';

export function shop(props?: StackProps): Stack {
  return new Stack(new App({ context: CONTEXT }), 'Shop', props);
}

/** The flags our own cdk.json sets. */
export const CONTEXT = { '@aws-cdk/aws-iam:minimizePolicies': true, '@aws-cdk/aws-lambda:useCdkManagedLogGroup': true };

/** A worker whose code costs nothing to package. */
export function inlineWorker(options?: HandlerOptions): Handler {
  return Handler.fromCode(Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] })'), 'index.handler', options);
}

export function secret(scope: Construct, name: string) {
  return Secret.fromSecretCompleteArn(scope, name, `${ARN}:${name}-AbCdEf`);
}

export function stripe(scope: Construct) {
  return { stripe: WebhookSender.stripe(secret(scope, 'StripeSecret')) };
}

/** The shortest use, with alarms to a topic. */
export function payments(stack: Stack, props: Partial<WebhookIngestionProps> = {}): WebhookIngestion {
  return new WebhookIngestion(stack, 'Payments', {
    senders: stripe(stack),
    worker: inlineWorker(),
    alarms: Alarms.toTopic(new Topic(stack, 'OnCall')),
    ...props,
  });
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}

/** Resources of a type by logical id. */
export function resourcesOf(stack: Stack, type: string): Record<string, Resource> {
  const found = Object.entries(Template.fromStack(stack).findResources(type));
  return Object.fromEntries(found.map(([id, resource]) => [id, { Properties: {}, ...resource } as Resource]));
}

export function warnings(stack: Stack): string[] {
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));
}
