import { faultOf, type Schema } from '../json-schema/schema-check';
import { InputFault } from './input-fault';
import type { ReconciliationRules } from './rules';
import { faultBeyondSchema } from './rules-check';
import { RULES_SCHEMA } from './rules-schema';

/**
 * Reads a rules file.
 *
 * @param file named in errors
 * @throws InputFault with the field, what is allowed and what is given
 */
export function parseRules(file: string, text: string): ReconciliationRules {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputFault(`${file}: not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const fault = faultOf(RULES_SCHEMA as Schema, value);
  if (fault !== undefined) throw new InputFault(`${file}: ${fault}`);
  const rules = value as ReconciliationRules;
  const contradiction = faultBeyondSchema(rules);
  if (contradiction !== undefined) throw new InputFault(`${file}: ${contradiction}`);
  return rules;
}
