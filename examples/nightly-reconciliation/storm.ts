import type { ScriptedStorm } from '../../lib/operate/storm/contract';
import { play } from './storm/script';

export const storm: ScriptedStorm = {
  context: { example: 'nightly-reconciliation' },
  // Fewer do not hold everything that is planted.
  size: { of: 'rows a side', usual: 200_000, least: 5_000, most: 1_000_000 },
  options: [
    { name: 'files', argument: 'DIR', help: 'write the generated files of both nights there' },
    { name: 'keep-output', argument: 'DIR', help: 'write the reports of both nights there: JSON, page, CSV, Parquet' },
  ],
  play,
};
