import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { readUnsubscribeToken, type Unsubscription } from '../../../runtime/channels/unsubscribe-token';
import type { SecretReader } from '../../../runtime/secret-reader';
import type { Telemetry } from '../../../runtime/telemetry';
import { askingPage, donePage, failingPage, refusingPage } from './unsubscribe-page';

export interface UnsubscribeDependencies {
  readonly secrets: SecretReader;
  /** ARN of the secret with which links were signed. */
  readonly secretArn: string;
  /** @returns whether there is such a recipient */
  readonly unsubscribe: (wish: Unsubscription) => Promise<boolean>;
  readonly telemetry: Pick<Telemetry, 'invocation' | 'logger'>;
}

export type Unsubscribe = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Follows links to unsubscribe, behind an HTTP API or a function URL. GET only asks, because mail programs and scanners open every link; POST acts, whoever sends it: a mail
 * program by itself (RFC 8058), or the form of the page. To act twice is to act once.
 */
export function createUnsubscribe({ secrets, secretArn, unsubscribe, telemetry }: UnsubscribeDependencies): Unsubscribe {
  const { logger } = telemetry;
  return (event, context) =>
    telemetry.invocation(context, async () => {
      try {
        return await answerTo(event);
      } catch (error) {
        logger.error('a link to unsubscribe could not be followed', { error: error as Error });
        return failingPage();
      }
    });

  async function answerTo({ queryStringParameters, requestContext }: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
    const { method } = requestContext.http;
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return { statusCode: 405, headers: { allow: 'GET, HEAD, POST' } };
    const wish = await wishOf(queryStringParameters?.token ?? '');
    if (wish === undefined) {
      logger.warn('a link to unsubscribe was refused: its token is none');
      return refusingPage();
    }
    if (method !== 'POST') return askingPage(wish);
    const known = await unsubscribe(wish);
    logger.info('unsubscribed', { channel: wish.channel, category: wish.category, known });
    // Somebody who is not known gets nothing: that was what was wanted.
    return donePage(wish);
  }

  async function wishOf(token: string): Promise<Unsubscription | undefined> {
    if (token === '') return undefined;
    const { current, previous } = await secrets.read([secretArn]);
    const wish = readUnsubscribeToken(token, [...current, ...previous]);
    if (wish !== undefined) return wish;
    const reread = await secrets.reread([secretArn]);
    return reread && readUnsubscribeToken(token, [...reread.current, ...reread.previous]);
  }
}
