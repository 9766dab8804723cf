import { tablesInMemory } from '../../support/in-memory-table/tables';
import { externalEffects } from './external-suite';

describe('external effects', () => {
  const tables = tablesInMemory();
  externalEffects(() => tables);
});
