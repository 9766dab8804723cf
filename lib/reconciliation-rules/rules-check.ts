import { reportedName, sideOf } from './per-side';
import type { AmountRule, NumberStyle, ReconciliationRules } from './rules';
import { BREAK_CLASSES } from './rules-schema';

const SIDES = ['left', 'right'] as const;

/**
 * What a schema can't say of rules: fields that don't go together.
 *
 * @returns the first fault: field, what is allowed, what is given; undefined when there is none
 */
export function faultBeyondSchema(rules: ReconciliationRules): string | undefined {
  return (
    faultOfTiming(rules) ??
    faultOfGroup(rules) ??
    faultOfStyle('amount', rules.amount) ??
    faultOfSign(rules.amount) ??
    faultOfFields(rules) ??
    faultOfClasses(rules) ??
    faultOfLater(rules)
  );
}

function faultOfTiming({ timing, date }: ReconciliationRules): string | undefined {
  if ((timing?.minimumAgeDays ?? 0) === 0 || date !== undefined) return undefined;
  return 'timing.minimumAgeDays: needs date, from which the age of a row is counted';
}

function faultOfGroup({ group, key }: ReconciliationRules): string | undefined {
  if (group === undefined || key.length === 1) return undefined;
  return `key: must be one column beside group, whose batch id takes its place; given ${key.length}`;
}

function faultOfStyle(at: string, { decimal = '.', thousands }: NumberStyle): string | undefined {
  if (thousands === undefined) return undefined;
  const side = SIDES.find((one) => sideOf(decimal, one) === sideOf(thousands, one));
  return side === undefined
    ? undefined
    : `${at}.thousands: must be another one than stands before the decimals, given ${JSON.stringify(sideOf(thousands, side))} for both on the ${side} side`;
}

function faultOfSign({ sign }: AmountRule): string | undefined {
  if (sign === undefined) return undefined;
  const [negative, positive] = [sign.negative, sign.positive].map((texts) => texts.map((text) => text.trim().toUpperCase()));
  const both = negative!.find((text) => positive!.includes(text));
  return both === undefined ? undefined : `amount.sign.positive: must have no text of negative, given ${JSON.stringify(both)}`;
}

function faultOfFields({ fields = [] }: ReconciliationRules): string | undefined {
  for (const [index, { number, date }] of fields.entries()) {
    if (number !== undefined && date !== undefined) return `fields[${index}]: must have number or date, given both`;
    const fault = number && faultOfStyle(`fields[${index}].number`, number);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfClasses({ classes = [], fields = [] }: ReconciliationRules): string | undefined {
  const columns = fields.map(({ column }) => reportedName(column));
  for (const [index, { name, fields: only = [] }] of classes.entries()) {
    if ((BREAK_CLASSES as readonly string[]).includes(name)) return `classes: ${name} is a computed class; choose another name`;
    const unknown = only.find((column) => !columns.includes(column));
    if (unknown !== undefined)
      return `classes[${index}].fields: must be columns of fields: ${columns.join(', ') || 'there are none'}; given ${unknown}`;
  }
  return undefined;
}

function faultOfLater({ later = [], fields = [], date }: ReconciliationRules): string | undefined {
  const columns = fields.map(({ column }) => reportedName(column));
  for (const [index, { name, toleranceDays, fields: compared = [] }] of later.entries()) {
    const first = later.findIndex((one) => one.name === name);
    if (first !== index) return `later[${index}].name: must be another one than that of later[${first}], given ${name}`;
    if (toleranceDays !== undefined && date === undefined) return `later[${index}].toleranceDays: needs date, given ${toleranceDays}`;
    const unknown = compared.find((column) => !columns.includes(column));
    if (unknown !== undefined)
      return `later[${index}].fields: must be columns of fields: ${columns.join(', ') || 'there are none'}; given ${unknown}`;
  }
  return undefined;
}
