import { externalEffects } from '../../runtime/external/external-suite';
import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';

describeWithDynamoDbLocal('external effects on DynamoDB', externalEffects);
