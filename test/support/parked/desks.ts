import {
  DESK_ERROR,
  DESK_OUTPUT_DESCRIPTION,
  type DeskAnswers,
  type DeskRequest,
  type ParkedGroup,
  type ParkedMessage,
  type ParkedState,
  type ParkingJob,
} from '../../../lib/blocks/parking-contract';
import { awsError, describeStacks, functionError, xml } from '../aws-answers';
import { type AwsEndpoint, type RawAnswer, startAwsEndpoint } from '../aws-endpoint';

/** What a desk answers, by command; a text refuses with it. */
export type DeskModel = {
  readonly [Command in DeskRequest['command']]?: (
    request: Extract<DeskRequest, { readonly command: Command }>,
  ) => Answered<DeskAnswers[Command]> | Promise<Answered<DeskAnswers[Command]>>;
};

type Answered<Answer> = Answer | string | RawAnswer;

export interface DeployedDesk {
  readonly stack: string;
  readonly path: string;
  readonly functionName: string;
  readonly model: DeskModel;
}

export interface DeskEndpoint extends AwsEndpoint {
  /** What the desk functions were invoked with. */
  readonly asked: Array<DeskRequest & { readonly functionName: string }>;
  /** What is deployed, and what is answered instead; a test may change both. */
  readonly account: {
    desks: readonly DeployedDesk[];
    fault?: (operation: string) => RawAnswer | undefined;
  };
}

/** CloudFormation, Lambda and STS of an account with desks. */
export async function startDeskEndpoint(): Promise<DeskEndpoint> {
  const asked: DeskEndpoint['asked'] = [];
  const account: DeskEndpoint['account'] = { desks: [] };
  const endpoint = await startAwsEndpoint(async ({ operation, body }) => {
    const fault = account.fault?.(operation);
    if (fault) return fault;
    if (operation === 'DescribeStacks')
      return describeStacks(
        account.desks.map(({ stack, path, functionName }) => ({
          stack,
          description: `${DESK_OUTPUT_DESCRIPTION}${path}`,
          value: functionName,
        })),
        body.StackName as string | undefined,
      );
    if (operation === 'GetCallerIdentity')
      return xml(
        200,
        '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ann</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>',
      );
    const functionName = decodeURIComponent(/^POST \/2015-03-31\/functions\/([^/]+)\/invocations/.exec(operation)?.[1] ?? '');
    const desk = account.desks.find((one) => one.functionName === functionName);
    if (!desk) return awsError(404, 'ResourceNotFoundException', `Function not found: ${functionName}`);
    const request = body as unknown as DeskRequest;
    asked.push({ ...request, functionName });
    const command = desk.model[request.command] as ((given: DeskRequest) => object | string | Promise<object | string>) | undefined;
    try {
      const answer = (await command?.(request)) ?? `no ${request.command} in this model`;
      return typeof answer === 'string' ? functionError(DESK_ERROR, answer) : answer;
    } catch (error) {
      return functionError((error as Error).name, (error as Error).message);
    }
  });
  return { ...endpoint, asked, account };
}

const NONE: Readonly<Record<ParkedState, number>> = { parked: 0, sending: 0, sent: 0, done: 0, returned: 0, discarded: 0, handed_over: 0 };

export function parkedGroup(
  given: Partial<Omit<ParkedGroup, 'counts'>> & { readonly counts?: Partial<ParkedGroup['counts']> } = {},
): ParkedGroup {
  return {
    group: '3f2a9c1b77d0',
    errorName: 'PaymentError',
    errorMessage: 'card <number> declined',
    handler: 'Shop-Worker',
    contract: 'plain',
    fault: 'ours',
    state: 'open',
    firstSeen: '2026-11-21T01:00:00.000Z',
    lastSeen: '2026-11-21T02:50:00.000Z',
    sample: '9c1b77d03f2a5e10',
    ...given,
    counts: { ...NONE, parked: 12, ...given.counts },
  };
}

export function parkedMessage(given: Partial<ParkedMessage> = {}): ParkedMessage {
  return {
    id: '9c1b77d03f2a5e10',
    group: '3f2a9c1b77d0',
    state: 'parked',
    parkedAt: '2026-11-21T02:50:00.000Z',
    acceptedAt: '2026-11-21T02:40:00.000Z',
    expiresAt: '2027-02-19T02:50:00.000Z',
    lot: 'arn:aws:sqs:eu-central-1:111122223333:Shop-ParkingLot',
    reason: 'budget_spent',
    errorName: 'PaymentError',
    errorMessage: 'card 4711 declined',
    handler: 'Shop-Worker',
    attempt: 5,
    idempotencyKey: 'payment-4711',
    correlationId: 'c-1',
    traceId: '1-5759e988-bd862e3fe1be46a994272793',
    bodyBytes: 42,
    redacted: false,
    edits: 0,
    ...given,
  };
}

export function parkingJob(
  given: Partial<Omit<ParkingJob, 'counts'>> & { readonly counts?: Partial<ParkingJob['counts']> } = {},
): ParkingJob {
  return {
    id: 'j-20261121-0300',
    kind: 'redrive',
    group: '3f2a9c1b77d0',
    state: 'planned',
    rate: 20,
    canary: 10,
    by: 'arn:aws:iam::111122223333:user/ann',
    startedAt: '2026-11-21T03:00:00.000Z',
    ...given,
    counts: { total: 12, sent: 0, done: 0, returned: 0, discarded: 0, handedOver: 0, taken: 0, ...given.counts },
  };
}
