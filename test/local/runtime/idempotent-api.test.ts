import { idempotentApiBehaviour } from '../../runtime/api/idempotent-api-suite';
import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';

describeWithDynamoDbLocal('idempotentApi on DynamoDB', idempotentApiBehaviour);
