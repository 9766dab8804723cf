import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Condition, type Operand, type Path, parseCondition, parseUpdate, type UpdateAction } from './expression-syntax';
import { isReservedWord } from './reserved-words';

/** The parts of an operation that its expressions speak of. */
export interface Expressions {
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>;
  readonly Key?: Readonly<Record<string, unknown>>;
}

/**
 * Finds in an expression what DynamoDB would refuse whatever the table holds, so that one record's fault is found before it is sent with others.
 *
 * @throws Error that names the expression and what is wrong with it
 */
export function checkExpressions(operation: Expressions): void {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = operation;
  const used = new Set<string>();
  const read = (kind: 'ConditionExpression' | 'UpdateExpression'): void => {
    const text = operation[kind];
    if (text === undefined) return;
    try {
      const analysis = analyse(kind, text);
      for (const placeholder of analysis.placeholders) {
        used.add(placeholder);
        if (!Object.hasOwn(placeholder.startsWith('#') ? names : values, placeholder)) throw new Error(`${placeholder} is not defined`);
      }
      if (analysis.actions !== undefined) checkActions(analysis.actions, names, values, operation.Key ?? {});
    } catch (error) {
      throw new Error(`${kind}: ${(error as Error).message}`, { cause: error });
    }
  };
  read('UpdateExpression');
  read('ConditionExpression');
  checkDefinitions('ExpressionAttributeNames', names, /^#[A-Za-z0-9_]+$/, used);
  checkDefinitions('ExpressionAttributeValues', values, /^:[A-Za-z0-9_]+$/, used);
}

function checkDefinitions(
  parameter: string,
  definitions: Readonly<Record<string, unknown>>,
  form: RegExp,
  used: ReadonlySet<string>,
): void {
  for (const placeholder of Object.keys(definitions)) {
    if (!form.test(placeholder))
      throw new Error(`${parameter}: ${JSON.stringify(placeholder)} is no placeholder: ${form.source[1]} and letters, digits, _`);
    if (!used.has(placeholder)) throw new Error(`${parameter}: ${placeholder} is not used in any expression`);
    if (definitions[placeholder] === '') throw new Error(`${parameter}: ${placeholder} stands for an empty name`);
  }
}

interface Analysis {
  readonly placeholders: ReadonlySet<string>;
  readonly actions?: readonly UpdateAction[];
}

/** Handlers write the same few texts for every event; a text that is built from the event must not fill the memory. */
const analyses = new Map<string, Analysis>();
const MOST_ANALYSES = 500;

function analyse(kind: 'ConditionExpression' | 'UpdateExpression', text: string): Analysis {
  const key = `${kind} ${text}`;
  const known = analyses.get(key);
  if (known !== undefined) return known;
  const reader = new ExpressionReader();
  let actions: readonly UpdateAction[] | undefined;
  if (kind === 'ConditionExpression') reader.condition(parseCondition(text));
  else {
    actions = parseUpdate(text);
    for (const action of actions) reader.action(action);
  }
  const analysis = { placeholders: reader.placeholders, actions };
  if (analyses.size < MOST_ANALYSES) analyses.set(key, analysis);
  return analysis;
}

/** How many operands a function takes, and whether the first must be a path. */
interface Signature {
  readonly operands: number;
  readonly path: boolean;
}

const CONDITIONS: Readonly<Record<string, Signature>> = {
  attribute_exists: { operands: 1, path: true },
  attribute_not_exists: { operands: 1, path: true },
  attribute_type: { operands: 2, path: true },
  begins_with: { operands: 2, path: false },
  contains: { operands: 2, path: false },
};
const COMPARED: Readonly<Record<string, Signature>> = { size: { operands: 1, path: false } };
const ASSIGNED: Readonly<Record<string, Signature>> = {
  if_not_exists: { operands: 2, path: true },
  list_append: { operands: 2, path: false },
};

class ExpressionReader {
  readonly placeholders = new Set<string>();

  condition(condition: Condition): void {
    switch (condition.kind) {
      case 'and':
      case 'or':
        this.condition(condition.left);
        this.condition(condition.right);
        return;
      case 'not':
        this.condition(condition.condition);
        return;
      case 'function':
        this.#call(condition, CONDITIONS, COMPARED);
        return;
      case 'comparison':
        this.#operands([condition.left, condition.right], COMPARED);
        return;
      case 'between':
        this.#operands([condition.operand, condition.low, condition.high], COMPARED);
        return;
      case 'in':
        if (condition.list.length > 100) throw new Error(`IN takes 100 operands at most, given ${condition.list.length}`);
        this.#operands([condition.operand, ...condition.list], COMPARED);
    }
  }

  action(action: UpdateAction): void {
    this.#path(action.path);
    if (action.kind === 'remove') return;
    if (action.kind !== 'set' && action.value.kind !== 'value') throw new Error(`${action.kind.toUpperCase()} takes a value, like :value`);
    this.#operands([action.value], ASSIGNED);
  }

  #operands(operands: readonly Operand[], functions: Readonly<Record<string, Signature>>): void {
    for (const operand of operands) {
      switch (operand.kind) {
        case 'path':
          this.#path(operand.path);
          break;
        case 'value':
          this.placeholders.add(operand.name);
          break;
        case 'function':
          this.#call(operand, functions, functions);
          break;
        case 'arithmetic':
          this.#operands([operand.left, operand.right], functions);
      }
    }
  }

  #call(
    { name, operands }: { readonly name: string; readonly operands: readonly Operand[] },
    allowed: Readonly<Record<string, Signature>>,
    nested: Readonly<Record<string, Signature>>,
  ): void {
    const signature = Object.hasOwn(allowed, name) ? allowed[name]! : undefined;
    if (signature === undefined)
      throw new Error(`${name} is no function that can stand here (allowed: ${Object.keys(allowed).join(', ')})`);
    if (operands.length !== signature.operands) throw new Error(`${name} takes ${signature.operands} operands, given ${operands.length}`);
    if (signature.path && operands[0]!.kind !== 'path') throw new Error(`the first operand of ${name} must be an attribute`);
    this.#operands(operands, nested);
  }

  #path(path: Path): void {
    for (const element of path) {
      if (element.kind === 'index') continue;
      if (element.name.startsWith('#')) this.placeholders.add(element.name);
      else if (isReservedWord(element.name)) {
        throw new Error(`${element.name} is a reserved word: name it through ExpressionAttributeNames, like #${element.name}`);
      }
    }
  }
}

type Resolved = ReadonlyArray<string | number>;

function checkActions(
  actions: readonly UpdateAction[],
  names: Readonly<Record<string, string>>,
  values: Readonly<Record<string, AttributeValue>>,
  key: Readonly<Record<string, unknown>>,
): void {
  const paths: Resolved[] = [];
  for (const action of actions) {
    const path = action.path.map((element) => (element.kind === 'index' ? element.index : (names[element.name] ?? element.name)));
    if (Object.hasOwn(key, path[0]!)) throw new Error(`${path[0]} is part of the key, which can't be updated`);
    const other = paths.find((earlier) => earlier.every((step, at) => at >= path.length || step === path[at]));
    if (other !== undefined) throw new Error(`the paths ${pathText(other)} and ${pathText(path)} overlap`);
    paths.push(path);
    if (action.kind === 'set') checkSums(action.value, values, path);
    const value = action.kind !== 'remove' && action.value.kind === 'value' ? values[action.value.name] : undefined;
    if (value === undefined) continue;
    const isSet = value.SS !== undefined || value.NS !== undefined || value.BS !== undefined;
    if (action.kind === 'add' && !isSet && value.N === undefined)
      throw new Error(`ADD takes a number or a set, given another type for ${pathText(path)}`);
    if (action.kind === 'delete' && !isSet) throw new Error(`DELETE takes a set, given another type for ${pathText(path)}`);
  }
}

function checkSums(value: Operand, values: Readonly<Record<string, AttributeValue>>, path: Resolved): void {
  if (value.kind !== 'arithmetic') return;
  for (const operand of [value.left, value.right]) {
    if (operand.kind === 'value' && values[operand.name]!.N === undefined) {
      throw new Error(`${value.operator} takes numbers, given another type in ${operand.name} for ${pathText(path)}`);
    }
  }
}

function pathText(path: Resolved): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`)).join('');
}
