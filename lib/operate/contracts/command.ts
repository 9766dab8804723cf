import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BREAKING_REMEDY, brokenText, brokenVersions } from '../../event-contracts/compatibility';
import type { Contract } from '../../event-contracts/contract';
import { ContractFault } from '../../event-contracts/contract-fault';
import { readContracts } from '../../event-contracts/contract-folder';
import { CONTRACT_SCHEMA } from '../../event-contracts/contract-schema';
import { UsageError, unknownCommand } from '../usage-error';
import { typesFile, validatorsFile } from './types-file';

const USAGE = `usage: breakwater contracts check --from FOLDER [--json]
       breakwater contracts types --from FOLDER --out FILE [--validators FILE]

Reads event contracts, FOLDER/<name>/<version>.json; see docs/event-contracts.md. Nothing leaves this machine.

  check   every contract is as it should be, and none breaks consumers of the versions that it serves
  types   write TypeScript: of each contract an interface, and the value that transaction.emit takes

  --from FOLDER        the contracts
  --out FILE           where the types are written
  --validators FILE    write validators too, compiled ahead, and let the values check what is emitted with them
  --json               what breaks, as one JSON document: {contracts, broken: [{name, version, previous, faults: [{pointer, was, is}]}]}
  --schema             print the JSON schema of a contract's file

exit code: 0 done; 1 a version breaks consumers; 2 a contract can't be used`;

/** Runs `breakwater contracts`. @returns the exit code */
export async function contractsCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string' },
      out: { type: 'string' },
      validators: { type: 'string' },
      json: { type: 'boolean', default: false },
      schema: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help) return print(USAGE);
  if (values.schema) return print(JSON.stringify(CONTRACT_SCHEMA, undefined, 2));
  const [name = '', ...more] = positionals;
  if (name !== 'check' && name !== 'types') throw unknownCommand('contracts', name, ['check', 'types']);
  if (more.length > 0) throw new UsageError(`contracts ${name}: takes options only, given ${more.join(' ')}`);
  const required = (option: 'from' | 'out'): string => {
    const value = values[option];
    if (value === undefined) throw new UsageError(`contracts ${name}: --${option} is missing`);
    return value;
  };
  try {
    const contracts = readContracts(required('from'));
    return name === 'check' ? check(contracts, values.json) : await types(contracts.flat(), required('out'), values.validators);
  } catch (error) {
    if (!(error instanceof ContractFault)) throw error;
    process.stderr.write(`contracts: ${error.message}\n`);
    return 2;
  }
}

function check(contracts: readonly (readonly Contract[])[], json: boolean): number {
  const broken = contracts.flatMap(brokenVersions);
  const count = contracts.flat().length;
  if (json) print(JSON.stringify({ contracts: count, broken }));
  else if (broken.length === 0) print(`${count} contracts, each compatible with the versions that it serves`);
  else print([...broken.map(brokenText), BREAKING_REMEDY].join('\n'));
  return broken.length === 0 ? 0 : 1;
}

async function types(contracts: readonly Contract[], out: string, validators: string | undefined): Promise<number> {
  write(out, await typesFile(contracts, validators && importOf(out, validators)));
  if (validators !== undefined) write(validators, validatorsFile(contracts));
  return print(`${contracts.length} contracts written to ${[out, ...(validators ? [validators] : [])].join(' and ')}`);
}

function importOf(from: string, file: string): string {
  const relative = path
    .relative(path.dirname(path.resolve(from)), path.resolve(file))
    .replace(/\.ts$/, '')
    .split(path.sep)
    .join('/');
  return `${relative.startsWith('.') ? '' : './'}${relative}${isModule(path.dirname(path.resolve(from))) ? '.js' : ''}`;
}

/** Whether files of a folder are ES modules, which are imported with their ending. */
function isModule(folder: string): boolean {
  const manifest = path.join(folder, 'package.json');
  if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
  return path.dirname(folder) !== folder && isModule(path.dirname(folder));
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
