/** The part of DynamoDB's expressions that the runtime's own requests use. It is written apart from the runtime's, so that one judges the other. */

export type Operand = { readonly name: string } | { readonly value: string };
export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'or' | 'and'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'exists'; readonly name: string; readonly wanted: boolean }
  | { readonly kind: 'comparison'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand };

export type SetOperand =
  | Operand
  | { readonly unlessExists: string; readonly otherwise: Operand }
  | { readonly list: Operand; readonly appended: Operand };

export type UpdateAction =
  | { readonly kind: 'set'; readonly name: string; readonly first: SetOperand; readonly operator?: '+' | '-'; readonly second?: SetOperand }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'add'; readonly name: string; readonly value: string };

const NAME = /^#?[A-Za-z0-9_]+$/;
const TOKEN = /\s*([#:]?\w+|<>|<=|>=|[=<>+\-(),]|\S)/gy;

/** An expression outside of the part that is known here: the test has to be extended, so this is no answer of the service. */
export class UnknownExpressionError extends Error {
  override readonly name = 'UnknownExpressionError';
}

class Tokens {
  readonly #tokens: string[];
  #next = 0;

  constructor(readonly text: string) {
    this.#tokens = [...text.matchAll(TOKEN)].map((match) => match[1]!);
  }

  get done(): boolean {
    return this.#next >= this.#tokens.length;
  }

  take(...wanted: string[]): string | undefined {
    const token = this.#tokens[this.#next]?.toUpperCase();
    if (token === undefined || !wanted.includes(token)) return undefined;
    this.#next++;
    return token;
  }

  require(wanted: string): void {
    if (this.take(wanted) === undefined) this.refuse(wanted);
  }

  /** `name` or `#name`, and what lies within: `name.#other`. */
  name(): string {
    const names = [this.#match(NAME, 'a name')];
    while (this.take('.')) names.push(this.#match(NAME, 'a name'));
    return names.join('.');
  }

  value(): string {
    return this.#match(/^:\w+$/, 'a value');
  }

  operand(): Operand {
    return this.#tokens[this.#next]?.startsWith(':') ? { value: this.value() } : { name: this.name() };
  }

  refuse(wanted: string): never {
    const found = this.#tokens[this.#next] ?? 'the end';
    throw new UnknownExpressionError(`the in-memory table expects ${wanted} instead of ${found} in: ${this.text}`);
  }

  #match(pattern: RegExp, wanted: string): string {
    const token = this.#tokens[this.#next];
    if (token === undefined || !pattern.test(token)) return this.refuse(wanted);
    this.#next++;
    return token;
  }
}

export const parseCondition = remembering((text): Condition => {
  const tokens = new Tokens(text);
  const condition = disjunction(tokens);
  if (!tokens.done) tokens.refuse('the end');
  return condition;
});

function disjunction(tokens: Tokens): Condition {
  const parts = [conjunction(tokens)];
  while (tokens.take('OR')) parts.push(conjunction(tokens));
  return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
}

function conjunction(tokens: Tokens): Condition {
  const parts = [negation(tokens)];
  while (tokens.take('AND')) parts.push(negation(tokens));
  return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
}

function negation(tokens: Tokens): Condition {
  if (tokens.take('NOT')) return { kind: 'not', part: negation(tokens) };
  if (tokens.take('(')) {
    const inner = disjunction(tokens);
    tokens.require(')');
    return inner;
  }
  const exists = tokens.take('ATTRIBUTE_EXISTS', 'ATTRIBUTE_NOT_EXISTS');
  if (exists !== undefined) {
    tokens.require('(');
    const name = tokens.name();
    tokens.require(')');
    return { kind: 'exists', name, wanted: exists === 'ATTRIBUTE_EXISTS' };
  }
  const left = tokens.operand();
  const comparator = tokens.take('=', '<>', '<', '<=', '>', '>=') ?? tokens.refuse('a comparator');
  return { kind: 'comparison', comparator: comparator as Comparator, left, right: tokens.operand() };
}

export const parseUpdate = remembering((text): readonly UpdateAction[] => {
  const tokens = new Tokens(text);
  const actions: UpdateAction[] = [];
  while (!tokens.done) {
    const clause = tokens.take('SET', 'REMOVE', 'ADD') ?? tokens.refuse('SET, REMOVE or ADD');
    do actions.push(action(clause, tokens));
    while (tokens.take(','));
  }
  return actions;
});

/** The names and values that an expression uses, in the order of their first use. */
export const placeholdersOf = remembering((text) => [...new Set(text.match(/[#:]\w+/g) ?? [])]);

/** The same few expressions come thousands of times. */
function remembering<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    if (!known.has(text)) known.set(text, parse(text));
    return known.get(text)!;
  };
}

function action(clause: string, tokens: Tokens): UpdateAction {
  const name = tokens.name();
  if (clause === 'REMOVE') return { kind: 'remove', name };
  if (clause === 'ADD') return { kind: 'add', name, value: tokens.value() };
  tokens.require('=');
  const first = setOperand(tokens);
  const operator = tokens.take('+', '-') as '+' | '-' | undefined;
  return operator === undefined ? { kind: 'set', name, first } : { kind: 'set', name, first, operator, second: setOperand(tokens) };
}

function setOperand(tokens: Tokens): SetOperand {
  if (tokens.take('LIST_APPEND')) {
    tokens.require('(');
    const list = tokens.operand();
    tokens.require(',');
    const appended = tokens.operand();
    tokens.require(')');
    return { list, appended };
  }
  if (!tokens.take('IF_NOT_EXISTS')) return tokens.operand();
  tokens.require('(');
  const unlessExists = tokens.name();
  tokens.require(',');
  const otherwise = tokens.operand();
  tokens.require(')');
  return { unlessExists, otherwise };
}
