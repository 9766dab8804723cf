import { tablesInMemory } from '../../support/in-memory-table/tables';
import { batches } from './batch-suite';

describe('a batch', () => {
  const tables = tablesInMemory();
  batches(() => tables);
});
