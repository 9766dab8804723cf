import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Contract } from './contract';
import { ContractFault } from './contract-fault';
import { parseContract } from './contract-file';

const VERSION_FILE = /^[1-9]\d*\.json$/;

/**
 * Reads `contracts/<name>/<version>.json`.
 *
 * @throws ContractFault also when the file says another name or version than its path: then the versions beside it would be those of another contract
 */
export function readContractFile(file: string): Contract {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ContractFault(`${file}: ${(error as Error).message}`);
  }
  const contract = parseContract(file, text);
  const [folder, base] = [path.basename(path.dirname(path.resolve(file))), path.basename(file)];
  if (folder !== contract.name) throw new ContractFault(`${file}: /name: must be that of the folder, ${folder}, given ${contract.name}`);
  if (base !== `${contract.version}.json`)
    throw new ContractFault(`${file}: /version: must be that of the file, <version>.json, given ${contract.version}`);
  return contract;
}

/** The versions of a contract that lie in its folder, oldest first. */
export function readVersions(folder: string): readonly Contract[] {
  return readdirSync(folder)
    .filter((file) => VERSION_FILE.test(file))
    .map((file) => readContractFile(path.join(folder, file)))
    .sort((left, right) => left.version - right.version);
}

/**
 * All contracts of `contracts/<name>/<version>.json`, by name, and of each name oldest first.
 *
 * @throws ContractFault also when there is none
 */
export function readContracts(root: string): readonly (readonly Contract[])[] {
  if (!existsSync(root)) throw new ContractFault(`${root}: there is no such folder`);
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const contracts = folders
    .map(({ name }) => name)
    .sort()
    .map((name) => readVersions(path.join(root, name)))
    .filter((versions) => versions.length > 0);
  if (contracts.length === 0) throw new ContractFault(`${root}: has no contracts; they are kept as ${root}/<name>/<version>.json`);
  return contracts;
}
