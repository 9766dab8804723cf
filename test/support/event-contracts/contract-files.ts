import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Contract } from '../../../lib/event-contracts/contract';

/** A contract like those of users. */
export function orderShipped(change: object = {}): Contract {
  const schema = { type: 'object', required: ['order'], properties: { order: { type: 'string' }, parcels: { type: 'integer' } } };
  return { name: 'order.shipped', version: 1, source: 'acme.orders', schema, ...change };
}

/** Writes contracts to `<name>/<version>.json` of a folder of their own. @returns the folder */
export function contractFolder(...contracts: readonly Contract[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-contracts-'));
  for (const contract of contracts) {
    mkdirSync(path.join(folder, contract.name), { recursive: true });
    writeFileSync(path.join(folder, contract.name, `${contract.version}.json`), JSON.stringify(contract));
  }
  return folder;
}
