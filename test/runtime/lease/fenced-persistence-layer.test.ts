import { tablesInMemory } from '../../support/in-memory-table/tables';
import { fencedPersistenceLayer } from './fenced-persistence-layer-suite';

describe('FencedDynamoDBPersistenceLayer', () => {
  const tables = tablesInMemory();
  fencedPersistenceLayer(() => tables);
});
