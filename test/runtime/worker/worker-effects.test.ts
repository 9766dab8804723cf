import { tablesInMemory } from '../../support/in-memory-table/tables';
import { workerBehaviour } from './worker-suite';

describe('a worker and its table', () => {
  const tables = tablesInMemory();
  workerBehaviour(() => tables);
});
