import { RawAnswer } from './aws-endpoint';

export function functionError(errorType: string, errorMessage: string): RawAnswer {
  return new RawAnswer(200, { 'x-amz-function-error': 'Unhandled' }, JSON.stringify({ errorType, errorMessage, trace: [] }));
}

export function awsError(status: number, type: string, message: string): RawAnswer {
  return new RawAnswer(status, { 'content-type': 'application/json', 'x-amzn-errortype': type }, JSON.stringify({ message }));
}

export function xmlError(status: number, code: string, message: string): RawAnswer {
  return xml(status, `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`);
}

export function xml(status: number, text: string): RawAnswer {
  return new RawAnswer(status, { 'content-type': 'text/xml' }, text);
}

export interface StackOutput {
  readonly stack: string;
  readonly description: string;
  readonly value: string;
}

/** What CloudFormation says of stacks with these outputs, and of one without any that matter. */
export function describeStacks(outputs: readonly StackOutput[], name: string | undefined): RawAnswer {
  const stacks = new Set(['Unrelated', ...outputs.map(({ stack }) => stack)]);
  if (name !== undefined && !stacks.has(name)) return xmlError(400, 'ValidationError', `Stack with id ${name} does not exist`);
  const members = [...stacks]
    .filter((stack) => name === undefined || stack === name)
    .map((stack) => {
      const told = outputs
        .filter((output) => output.stack === stack)
        .map(
          ({ value, description }) =>
            `<member><OutputKey>Found</OutputKey><OutputValue>${value}</OutputValue><Description>${description}</Description></member>`,
        );
      const other = '<member><OutputKey>Url</OutputKey><OutputValue>https://example.com</OutputValue></member>';
      return `<member><StackName>${stack}</StackName><CreationTime>2026-11-20T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${other}${told.join('')}</Outputs></member>`;
    });
  return xml(
    200,
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>${members.join('')}</Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
}
