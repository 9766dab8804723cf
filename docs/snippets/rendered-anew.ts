import { type App, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Handler, SamePayload, WebhookIngestion, WebhookSender } from 'cdk-breakwater';

/** A sender that renders each try anew, as in the README of webhook ingestion. */
export class RenderedAnewStack extends Stack {
  constructor(app: App) {
    super(app, 'RenderedAnew');
    const secret = new Secret(this, 'Secret');
    const worker = Handler.fromEntry('src/record-payment.ts');
    new WebhookIngestion(this, 'Webhooks', {
      senders: {
        shop: WebhookSender.hmac(secret, { header: 'X-Signature', idJsonPointer: '/id', samePayload: SamePayload.at('/type', '/data') }),
      },
      worker,
    });
  }
}
