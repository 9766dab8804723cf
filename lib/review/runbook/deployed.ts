import type { Node, ResourceRef } from '../../topology/graph';
import { Marks } from '../../topology/marks';
import type { Facts } from '../facts';
import { set, word } from './shell';

/** Properties that hold the name by which the CLI calls a resource. For all others it asks CloudFormation. */
const NAME: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::CompositeAlarm': 'AlarmName',
  'AWS::Logs::LogGroup': 'LogGroupName',
};

/** How the names of deployed resources get into shell variables: as the template writes them, or asked of CloudFormation. */
export class Deployed {
  public constructor(private readonly facts: Facts) {}

  /** Sets a variable to the name, ARN or URL by which the CLI calls a resource: what `Ref` gives. */
  public set(variable: string, ref: ResourceRef): string {
    const name = this.writtenName(ref);
    if (name === undefined) return set(variable, physicalId(ref));
    if (ref.type !== 'AWS::SQS::Queue') return `${variable}=${word(name)}`;
    return set(variable, `aws sqs get-queue-url --queue-name ${word(name)} --query QueueUrl --output text`);
  }

  /** Sets a variable to the URL of a queue that may stand outside of the templates. */
  public setQueue(variable: string, node: Node): string {
    if (node.resource) return this.set(variable, node.resource);
    const arn = /^\(arn:[^:]+:sqs:[^:]*:(\d*):([A-Za-z0-9_.-]+)\)$/.exec(node.label);
    // Stops with the reason instead of asking for a queue of no name.
    if (!arn) return `: "\${${variable}:?set it to the URL of the queue, which the templates do not tell}"`;
    const owner = arn[1] === '' ? '' : ` --queue-owner-aws-account-id ${arn[1]}`;
    return set(variable, `aws sqs get-queue-url --queue-name ${arn[2]}${owner} --query QueueUrl --output text`);
  }

  /** Sets a variable to the log group of a function, whose name stands in another. */
  public setLogGroup(variable: string, functionVariable: string, ref: ResourceRef): string {
    const group = this.facts.model.resources.get(`${ref.stack}/${ref.logicalId}`)?.get('LoggingConfig', 'LogGroup');
    const text = group?.text();
    if (text === undefined) return `${variable}="/aws/lambda/$${functionVariable}"`;
    if (isWritten(text)) return `${variable}=${word(text)}`;
    const [target] = this.facts.model.targets(group!);
    return target?.kind === 'resource' ? this.set(variable, target.resource.ref) : `${variable}="/aws/lambda/$${functionVariable}"`;
  }

  private writtenName(ref: ResourceRef): string | undefined {
    const property = NAME[ref.type];
    const resource = this.facts.model.resources.get(`${ref.stack}/${ref.logicalId}`);
    const value = property === undefined ? undefined : resource?.get(property);
    const text = value?.mayBeAbsent ? undefined : value?.text();
    return text !== undefined && isWritten(text) ? text : undefined;
  }
}

/** Whether a name is known to the last character; pseudo parameters stand as `${…}`. */
function isWritten(text: string): boolean {
  return text !== '' && Marks.isPlain(text) && !text.includes('${');
}

/** Asks CloudFormation; a nested stack is asked for by way of those around it. */
function physicalId({ stack, logicalId }: ResourceRef): string {
  const [root, ...nested] = stack.replace(/ \(\d+\)(?=\/|$)/, '').split('/');
  const within = nested.reduce((outer, inner) => `"$(${lookup(outer, inner)})"`, word(root!));
  return lookup(within, logicalId);
}

function lookup(stackWord: string, logicalId: string): string {
  return `aws cloudformation describe-stack-resource --stack-name ${stackWord} --logical-resource-id ${word(logicalId)} --query StackResourceDetail.PhysicalResourceId --output text`;
}
