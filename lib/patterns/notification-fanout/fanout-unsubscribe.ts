import type { RemovalPolicy } from 'aws-cdk-lib';
import { type HttpApi, HttpMethod, type HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../../blocks/acknowledge';
import { FanoutEnvironment } from '../../blocks/fanout-contract';
import { makeFunctionApi } from '../../blocks/function-api';
import { grantActions, grantKey } from '../../blocks/grants';
import type { HandlerFunction } from '../../blocks/handler-function';

export interface FanoutUnsubscribeProps {
  readonly encryptionKey?: IKey;
  readonly removalPolicy: RemovalPolicy;
}

/** Links to unsubscribe: the secret that signs them, and where they lead. */
export class FanoutUnsubscribe extends Construct {
  public readonly secret: ISecret;
  private readonly encryptionKey?: IKey;
  private readonly removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, { encryptionKey, removalPolicy }: FanoutUnsubscribeProps) {
    super(scope, id);
    this.encryptionKey = encryptionKey;
    this.removalPolicy = removalPolicy;
    const secret = new Secret(this, 'Secret', {
      description: `Signs links to unsubscribe of ${scope.node.path}`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      encryptionKey,
      removalPolicy,
    });
    acknowledge(
      secret,
      'AwsSolutions-SMG4',
      'A rotation would break every link in e-mails that were sent already, which must work for years.',
    );
    this.secret = secret;
  }

  /** @returns API and stage in front of the function that shows and acts */
  public answerBy(answering: HandlerFunction): { readonly api: HttpApi; readonly stage: HttpStage } {
    this.letSign(answering);
    return makeFunctionApi(this, {
      function: answering.function,
      description: `Unsubscribes recipients of ${this.node.scope!.node.path}`,
      path: UNSUBSCRIBE_PATH,
      methods: [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST],
      throttle: { rateLimit: 200, burstLimit: 400 },
      openBecause: 'Whoever has an e-mail may unsubscribe by its link, which is signed: the function checks the signature.',
      removalPolicy: this.removalPolicy,
    });
  }

  /** Lets a function read the secret. */
  public letSign(signing: HandlerFunction): void {
    signing.addEnvironment(FanoutEnvironment.UNSUBSCRIBE_SECRET, this.secret.secretArn);
    grantActions(signing, this.secret.secretArn, ['secretsmanager:GetSecretValue']);
    grantKey(signing, this.encryptionKey, ['kms:Decrypt']);
  }
}

export const UNSUBSCRIBE_PATH = '/unsubscribe';
