import { type CfnGlobalTable, type ITableV2, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { grantActions, grantKey } from './grants';

/** Something whose table holds emitted events until an `OutboxRelay` publishes them. */
export interface IOutboxTable {
  /** The table, made in this app: its stream is turned on. */
  readonly table: ITableV2;
}

/** Turns the table's stream on, which holds each item as it is after a change, and allows to read it. */
export function grantStream(table: ITableV2, grantee: IGrantable): { readonly streamArn: string; readonly grant: Grant } {
  const resource = table.node.defaultChild as CfnGlobalTable;
  resource.streamSpecification = { streamViewType: StreamViewType.NEW_IMAGE };
  grantKey(grantee, table.encryptionKey, ['kms:Decrypt']);
  const actions = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'];
  return { streamArn: resource.attrStreamArn, grant: grantActions(grantee, resource.attrStreamArn, actions) };
}
