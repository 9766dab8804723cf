import { readFileSync } from 'node:fs';
import path from 'node:path';
import standaloneCode from 'ajv/dist/standalone';
import { compilerFor, firstFault } from '../json-schema/validator';
import { type Contract, contractId } from './contract';

const REQUIRED = /\brequire\("([^"]+)"\)/g;

/**
 * Validators of contracts, compiled ahead, as the text of one CommonJS module that needs no other: a function that starts neither loads a compiler nor compiles.
 *
 * It exports by `name@version` what `compileSchema` answers for the schema: a function from `data` to its fault. Each is made when it is first called. The few modules that
 * compiled validators use of ajv (comparison, length of texts, formats) are carried along, because the text lies in a layer, beside no `node_modules`.
 */
export function validatorModule(contracts: readonly Contract[]): string {
  return `${moduleBody(contracts)}
module.exports = validators;
`;
}

/** {@link validatorModule} without its export: it declares `validators`. */
export function moduleBody(contracts: readonly Contract[]): string {
  const needed = new Map<string, string>();
  const makers = contracts.map(
    (contract) => `  ${JSON.stringify(contractId(contract))}: () => {\n${validatorCode(contract, needed)}\n  },`,
  );
  const carried = [...needed].map(([name, text]) => `  ${JSON.stringify(name)}: (exports, module) => {\n${text}\n  },`);
  return `const carried = {
${carried.join('\n')}
};
const loaded = {};
function load(name) {
  if (loaded[name] === undefined) {
    loaded[name] = { exports: {} };
    carried[name](loaded[name].exports, loaded[name]);
  }
  return loaded[name].exports;
}
${firstFault.toString()}
function validator(make) {
  let validate;
  return (value) => {
    validate ??= make();
    return validate(value) ? undefined : firstFault(validate.errors);
  };
}
const makers = {
${makers.join('\n')}
};
const validators = Object.fromEntries(Object.entries(makers).map(([id, make]) => [id, validator(make)]));`;
}

function validatorCode({ schema }: Contract, needed: Map<string, string>): string {
  // That it is a schema was checked when the contract was read.
  const compiler = compilerFor(schema, { validateSchema: false, code: { source: true } });
  const code = standaloneCode(compiler, compiler.compile(schema)).replace(/^"use strict";/, '');
  return `const module = { exports: {} };\n${withLoads(code, needed, undefined)}\nreturn module.exports;`;
}

/** Replaces what a text requires by what is carried along. */
function withLoads(text: string, needed: Map<string, string>, from: string | undefined): string {
  return text.replace(REQUIRED, (_, name: string) => {
    const known = name.startsWith('.') ? path.posix.join(path.posix.dirname(from!), name) : name;
    carry(known, needed);
    return `load(${JSON.stringify(known)})`;
  });
}

function carry(name: string, needed: Map<string, string>): void {
  if (needed.has(name)) return;
  needed.set(name, '');
  const text = readFileSync(require.resolve(name), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  needed.set(name, withLoads(text, needed, name));
}
