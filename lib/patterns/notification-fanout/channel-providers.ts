import { Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnEmailIdentity, type ConfigurationSet, type IEmailIdentity } from 'aws-cdk-lib/aws-ses';
import type { Construct } from 'constructs';
import type { ProviderSettings } from '../../blocks/fanout-contract';
import { grantActions, grantKey, grantOnWildcard } from '../../blocks/grants';
import { refuse, requireKnownSeconds, requireWithin } from '../../blocks/rule';
import type { SesChannelOptions, SmsChannelOptions, WebhookChannelOptions } from './channel-options';
import type { PushPlatform } from './push-platform';

/** Who takes messages: what its functions are told, and what they may do. */
export interface ChannelProvider {
  /** @param configurationSet by which SES tells what becomes of e-mails */
  settings(scope: Construct, configurationSet: ConfigurationSet | undefined): ProviderSettings;
  grant(grantee: IGrantable, configurationSet: ConfigurationSet | undefined): void;
}

export function sesProvider(identity: IEmailIdentity, { from, replyTo }: SesChannelOptions): ChannelProvider {
  return {
    settings: (scope, configurationSet) => ({
      kind: 'ses',
      from: from ?? usualSender(scope, identity),
      ...(configurationSet && { configurationSet: configurationSet.configurationSetName }),
      ...(replyTo && { replyTo }),
    }),
    grant: (grantee, configurationSet) => {
      const set = configurationSet && [configurationSetArn(configurationSet)];
      Grant.addToPrincipal({ grantee, actions: ['ses:SendEmail'], resourceArns: [identity.emailIdentityArn, ...(set ?? [])] });
    },
  };
}

export function smsProvider({ senderId }: SmsChannelOptions): ChannelProvider {
  return {
    settings: (scope) => {
      if (senderId !== undefined && !/^(?=.*[A-Za-z])[A-Za-z0-9]{1,11}$/.test(senderId) && !Token.isUnresolved(senderId)) {
        refuse(scope, {
          rule: 'a sender id is what SNS takes',
          allowed: '1 to 11 letters and digits, a letter among them',
          given: `'${senderId}'`,
          remedy: 'Change senderId of Channel.sms().',
        });
      }
      return { kind: 'sms', ...(senderId && { senderId }) };
    },
    grant: (grantee) => {
      // A phone number is no resource that could be named; topics and endpoints are, and none of them is meant.
      grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['sns:Publish'], notResources: ['arn:*:sns:*:*:*'] }));
    },
  };
}

export function pushProvider({ applicationArn, _platform: platform }: PushPlatform): ChannelProvider {
  return {
    settings: (scope) => {
      if (!Token.isUnresolved(applicationArn) && !/^arn:[^:]+:sns:[^:]+:\d+:app\/[^/]+\/[^/]+$/.test(applicationArn)) {
        refuse(scope, {
          rule: 'push goes by a platform application of SNS',
          allowed: 'its ARN, arn:aws:sns:<region>:<account>:app/<platform>/<name>',
          given: `'${applicationArn}'`,
          remedy: 'Give the ARN to PushPlatform.fcm() or PushPlatform.apns().',
        });
      }
      return { kind: 'push', applicationArn, platform };
    },
    grant: (grantee) => {
      grantActions(grantee, applicationArn, ['sns:CreatePlatformEndpoint']);
      grantOnWildcard(
        grantee,
        endpointsOf(applicationArn),
        ['sns:Publish'],
        'Endpoints are made for devices at run time, below their application.',
      );
    },
  };
}

export function webhookProvider({ secret, timeout = Duration.seconds(10) }: WebhookChannelOptions): ChannelProvider {
  return {
    settings: (scope) => {
      const timeoutSeconds = requireKnownSeconds(scope, 'the timeout of a webhook channel', timeout);
      requireWithin(scope, 'timeout of a webhook channel in seconds', timeoutSeconds, [1, 20], 'Change timeout of Channel.webhook().');
      return { kind: 'webhook', timeoutSeconds, ...(secret && { secretArn: secret.secretArn }) };
    },
    grant: (grantee) => {
      if (!secret) return;
      // An ARN without its random ending names no resource that IAM would match.
      grantActions(grantee, secret.secretFullArn ?? `${secret.secretArn}-??????`, ['secretsmanager:GetSecretValue']);
      grantKey(grantee, secret.encryptionKey, ['kms:Decrypt']);
    },
  };
}

/** Of an identity made in this app the name is known; one that is imported by a token tells nothing. */
function usualSender(scope: Construct, identity: IEmailIdentity): string {
  const made = identity.node.defaultChild;
  const name = made instanceof CfnEmailIdentity ? made.emailIdentity : identity.emailIdentityName;
  if (!Token.isUnresolved(name)) return name.includes('@') ? name : `notifications@${name}`;
  return refuse(scope, {
    rule: 'an e-mail comes from an address, which an identity that is only known at deployment does not tell',
    allowed: 'an address of the identity',
    given: `none for ${identity.node.path}`,
    remedy: 'Give from to Channel.ses().',
  });
}

function configurationSetArn(set: ConfigurationSet): string {
  return Stack.of(set).formatArn({ service: 'ses', resource: 'configuration-set', resourceName: set.configurationSetName });
}

/** `…:app/GCM/shop` has its endpoints below `…:endpoint/GCM/shop/`. */
function endpointsOf(applicationArn: string): string {
  if (!Token.isUnresolved(applicationArn)) return `${applicationArn.replace(':app/', ':endpoint/')}/*`;
  return `${Fn.join(':endpoint/', Fn.split(':app/', applicationArn, 2))}/*`;
}
