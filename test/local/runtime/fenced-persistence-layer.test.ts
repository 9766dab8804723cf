import { fencedPersistenceLayer } from '../../runtime/lease/fenced-persistence-layer-suite';
import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';

describeWithDynamoDbLocal('FencedDynamoDBPersistenceLayer on DynamoDB', fencedPersistenceLayer);
