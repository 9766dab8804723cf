import { tablesInMemory } from '../../support/in-memory-table/tables';
import { idempotentApiBehaviour } from './idempotent-api-suite';

describe('idempotentApi', () => {
  const tables = tablesInMemory();
  idempotentApiBehaviour(() => tables);
});
