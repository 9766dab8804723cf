import { batches } from '../../runtime/worker/batch-suite';
import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';

describeWithDynamoDbLocal('a batch on DynamoDB', batches);
