import { workerBehaviour } from '../../runtime/worker/worker-suite';
import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';

describeWithDynamoDbLocal('a worker on DynamoDB', workerBehaviour);
