import { faultOf, type Schema } from '../json-schema/schema-check';
import { InputFault } from './input-fault';
import type { ReconciliationRules } from './rules';
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
  if ((rules.timing?.minimumAgeDays ?? 0) > 0 && rules.date === undefined)
    throw new InputFault(`${file}: timing.minimumAgeDays: needs date, from which the age of a row is counted`);
  if (rules.group !== undefined && rules.key.length > 1)
    throw new InputFault(`${file}: key: must be one column beside group, whose batch id takes its place; given ${rules.key.length}`);
  for (const { name } of rules.classes ?? []) {
    if ((RULES_SCHEMA.properties.classes.items.properties.of.items.enum as readonly string[]).includes(name))
      throw new InputFault(`${file}: classes: ${name} is a computed class; choose another name`);
  }
  return rules;
}
