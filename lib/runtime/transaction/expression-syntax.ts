/** DynamoDB's condition and update expressions as trees, from their text. */

export type PathElement = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'index'; readonly index: number };
/** The first element is a name. Placeholders (`#name`) are not resolved. */
export type Path = readonly PathElement[];

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly name: string }
  | FunctionCall
  | { readonly kind: 'arithmetic'; readonly operator: '+' | '-'; readonly left: Operand; readonly right: Operand };

export interface FunctionCall {
  readonly kind: 'function';
  readonly name: string;
  readonly operands: readonly Operand[];
}

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'comparison'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly list: readonly Operand[] }
  | FunctionCall;

export type UpdateAction =
  | { readonly kind: 'set'; readonly path: Path; readonly value: Operand }
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'add' | 'delete'; readonly path: Path; readonly value: Operand };

/** @throws SyntaxError that names the place */
export function parseCondition(text: string): Condition {
  const parser = new Parser(text);
  const condition = parser.condition();
  parser.expectEnd();
  return condition;
}

/** @throws SyntaxError that names the place */
export function parseUpdate(text: string): readonly UpdateAction[] {
  const parser = new Parser(text);
  const actions = parser.update();
  parser.expectEnd();
  return actions;
}

const TOKEN = /\s*(?:([#:]?[A-Za-z0-9_]+)|(<>|<=|>=|[=<>+\-(),.[\]]))/y;
const COMPARATORS: ReadonlySet<string> = new Set<Comparator>(['=', '<>', '<', '<=', '>', '>=']);
const CLAUSES = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
const KEYWORDS: ReadonlySet<string> = new Set([...CLAUSES, 'AND', 'OR', 'NOT', 'BETWEEN', 'IN']);
const NAME = /^(?:#[A-Za-z0-9_]+|[A-Za-z][A-Za-z0-9_]*)$/;

class Parser {
  readonly #tokens: string[] = [];
  #next = 0;

  constructor(text: string) {
    if (text.trim() === '') throw new SyntaxError('the expression is empty');
    const token = new RegExp(TOKEN);
    while (text.slice(token.lastIndex).trim() !== '') {
      const at = token.lastIndex;
      const match = token.exec(text);
      if (match === null) throw new SyntaxError(`unknown character at ${at}: ${JSON.stringify(text.slice(at).trimStart()[0])}`);
      this.#tokens.push(match[1] ?? match[2]!);
    }
  }

  expectEnd(): void {
    if (this.#next < this.#tokens.length) this.#fail('the end of the expression');
  }

  condition(): Condition {
    let left = this.#conjunction();
    while (this.#takeKeyword('OR')) left = { kind: 'or', left, right: this.#conjunction() };
    return left;
  }

  #conjunction(): Condition {
    let left = this.#negation();
    while (this.#takeKeyword('AND')) left = { kind: 'and', left, right: this.#negation() };
    return left;
  }

  #negation(): Condition {
    return this.#takeKeyword('NOT') ? { kind: 'not', condition: this.#negation() } : this.#simpleCondition();
  }

  #simpleCondition(): Condition {
    if (this.#peek() === '(' && !this.#parenthesisedOperand()) {
      this.#take('(');
      const condition = this.condition();
      this.#take(')');
      return condition;
    }
    const operand = this.#operand();
    const comparator = this.#peek();
    if (comparator !== undefined && COMPARATORS.has(comparator)) {
      this.#next++;
      return { kind: 'comparison', comparator: comparator as Comparator, left: operand, right: this.#operand() };
    }
    if (this.#takeKeyword('BETWEEN')) {
      const low = this.#operand();
      if (!this.#takeKeyword('AND')) this.#fail('AND');
      return { kind: 'between', operand, low, high: this.#operand() };
    }
    if (this.#takeKeyword('IN')) return { kind: 'in', operand, list: this.#list() };
    if (operand.kind !== 'function') this.#fail('a comparator');
    return operand as FunctionCall;
  }

  /** Whether the parenthesis ahead encloses an operand of a comparison rather than a condition: decided by what follows its end. */
  #parenthesisedOperand(): boolean {
    let depth = 0;
    for (let at = this.#next; at < this.#tokens.length; at++) {
      if (this.#tokens[at] === '(') depth++;
      if (this.#tokens[at] === ')' && --depth === 0) {
        const after = this.#tokens[at + 1];
        return after !== undefined && (COMPARATORS.has(after) || ['BETWEEN', 'IN'].includes(after.toUpperCase()));
      }
    }
    return false;
  }

  #list(): Operand[] {
    this.#take('(');
    const operands = [this.#operand()];
    while (this.#peek() === ',') {
      this.#next++;
      operands.push(this.#operand());
    }
    this.#take(')');
    return operands;
  }

  #operand(): Operand {
    const token = this.#peek();
    if (token === '(') {
      this.#next++;
      const operand = this.#operand();
      this.#take(')');
      return operand;
    }
    if (token?.startsWith(':')) {
      this.#next++;
      return { kind: 'value', name: token };
    }
    if (token !== undefined && /^[A-Za-z]/.test(token) && this.#tokens[this.#next + 1] === '(' && !KEYWORDS.has(token.toUpperCase())) {
      this.#next++;
      return { kind: 'function', name: token, operands: this.#list() };
    }
    return { kind: 'path', path: this.#path() };
  }

  #path(): Path {
    const path: PathElement[] = [this.#name()];
    for (;;) {
      if (this.#peek() === '.') {
        this.#next++;
        path.push(this.#name());
      } else if (this.#peek() === '[') {
        this.#next++;
        const index = this.#peek() ?? '';
        if (!/^[0-9]+$/.test(index)) this.#fail('an index');
        this.#next++;
        this.#take(']');
        path.push({ kind: 'index', index: Number(index) });
      } else return path;
    }
  }

  #name(): PathElement {
    const token = this.#peek();
    if (token === undefined || !NAME.test(token) || KEYWORDS.has(token.toUpperCase())) this.#fail('an attribute name');
    this.#next++;
    return { kind: 'name', name: token! };
  }

  update(): UpdateAction[] {
    const actions: UpdateAction[] = [];
    const seen = new Set<string>();
    for (;;) {
      const clause = CLAUSES.find((keyword) => this.#takeKeyword(keyword));
      if (clause === undefined) break;
      if (seen.has(clause)) throw new SyntaxError(`${clause} comes twice`);
      seen.add(clause);
      do actions.push(this.#action(clause));
      while (this.#takeIf(','));
    }
    if (seen.size === 0) this.#fail(CLAUSES.join(', '));
    return actions;
  }

  #action(clause: (typeof CLAUSES)[number]): UpdateAction {
    const path = this.#path();
    switch (clause) {
      case 'SET':
        this.#take('=');
        return { kind: 'set', path, value: this.#setValue() };
      case 'REMOVE':
        return { kind: 'remove', path };
      default:
        return { kind: clause === 'ADD' ? 'add' : 'delete', path, value: this.#operand() };
    }
  }

  #setValue(): Operand {
    if (this.#peek() === '(' && this.#parenthesisedArithmetic()) {
      this.#next++;
      const value = this.#setValue();
      this.#take(')');
      return value;
    }
    const left = this.#operand();
    const operator = this.#peek();
    if (operator !== '+' && operator !== '-') return left;
    this.#next++;
    return { kind: 'arithmetic', operator, left, right: this.#operand() };
  }

  /** Whether the parenthesis ahead holds a sum: then it encloses a whole value, not one operand of it. */
  #parenthesisedArithmetic(): boolean {
    let depth = 0;
    for (let at = this.#next; at < this.#tokens.length; at++) {
      const token = this.#tokens[at]!;
      if (token === '(') depth++;
      if (token === ')' && --depth === 0) return false;
      if (token === '+' || token === '-') return true;
    }
    return false;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  #take(token: string): void {
    if (!this.#takeIf(token)) this.#fail(token);
  }

  #takeIf(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#next++;
    return true;
  }

  #takeKeyword(keyword: string): boolean {
    if (this.#peek()?.toUpperCase() !== keyword) return false;
    this.#next++;
    return true;
  }

  #fail(expected: string): void {
    const rest = this.#tokens.slice(this.#next, this.#next + 3).join(' ');
    throw new SyntaxError(`expected ${expected} at ${rest === '' ? 'the end' : JSON.stringify(rest)}`);
  }
}
