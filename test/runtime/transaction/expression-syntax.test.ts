import fc from 'fast-check';
import {
  type Condition,
  type Operand,
  type Path,
  parseCondition,
  parseUpdate,
  type UpdateAction,
} from '../../../lib/runtime/transaction/expression-syntax';

const named = (...names: (string | number)[]): Path =>
  names.map((step) => (typeof step === 'number' ? { kind: 'index', index: step } : { kind: 'name', name: step }));
const a: Operand = { kind: 'path', path: named('a') };
const b: Operand = { kind: 'path', path: named('b') };
const value: Operand = { kind: 'value', name: ':v' };
const call = (name: string, ...operands: Operand[]) => ({ kind: 'function', name, operands }) as const;
const is = (left: Operand, comparator: '=' | '<', right: Operand): Condition => ({ kind: 'comparison', comparator, left, right });

/** Names that hold keywords, digits and sigils, so that a reader that looks at less than the whole word shows. */
const name = fc.constantFrom('a', 'b1', 'Order_line', 'android', 'inner', 'notes', 'settled', '#a', '#1', '#set');
const path: fc.Arbitrary<Path> = fc
  .tuple(name, fc.array(fc.oneof(name, fc.nat(120)), { maxLength: 3 }))
  .map(([first, rest]) => named(first, ...rest));
const plain: fc.Arbitrary<Operand> = fc.oneof(
  path.map((one): Operand => ({ kind: 'path', path: one })),
  fc.constantFrom(':v', ':1', ':or').map((one): Operand => ({ kind: 'value', name: one })),
);
const operand: fc.Arbitrary<Operand> = fc.oneof(
  { weight: 3, arbitrary: plain },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('size', 'between_2'), fc.array(plain, { minLength: 1, maxLength: 3 }))
      .map(([f, all]) => call(f, ...all)),
  },
);
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('comparison' as const),
      comparator: fc.constantFrom('=', '<>', '<', '<=', '>', '>='),
      left: operand,
      right: operand,
    }),
    fc.record({ kind: fc.constant('between' as const), operand, low: operand, high: operand }),
    fc.record({ kind: fc.constant('in' as const), operand, list: fc.array(operand, { minLength: 1, maxLength: 3 }) }),
    fc
      .tuple(fc.constantFrom('attribute_exists', 'contains'), fc.array(operand, { minLength: 1, maxLength: 2 }))
      .map(([f, all]) => call(f, ...all)),
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('condition'), right: tie('condition') }),
    fc.record({ kind: fc.constant('not' as const), condition: tie('condition') }),
  ) as fc.Arbitrary<Condition>,
}));
const setValue: fc.Arbitrary<Operand> = fc.oneof(
  operand,
  fc.record({
    kind: fc.constant('arithmetic' as const),
    operator: fc.constantFrom('+' as const, '-' as const),
    left: operand,
    right: operand,
  }),
);
const clauses: fc.Arbitrary<UpdateAction[]> = fc
  .record({
    set: fc.array(fc.record({ kind: fc.constant('set' as const), path, value: setValue }), { maxLength: 3 }),
    remove: fc.array(fc.record({ kind: fc.constant('remove' as const), path }), { maxLength: 2 }),
    add: fc.array(fc.record({ kind: fc.constant('add' as const), path, value: plain }), { maxLength: 2 }),
    delete: fc.array(fc.record({ kind: fc.constant('delete' as const), path, value: plain }), { maxLength: 2 }),
  })
  .map((parts) => [...parts.remove, ...parts.set, ...parts.delete, ...parts.add])
  .filter((actions) => actions.length > 0);

function pathText(steps: Path): string {
  return steps.map((step, at) => (step.kind === 'index' ? `[${step.index}]` : `${at === 0 ? '' : '.'}${step.name}`)).join('');
}

function operandText(one: Operand): string {
  switch (one.kind) {
    case 'path':
      return pathText(one.path);
    case 'value':
      return one.name;
    case 'function':
      return `${one.name}(${one.operands.map(operandText).join(', ')})`;
    case 'arithmetic':
      return `${operandText(one.left)} ${one.operator} ${operandText(one.right)}`;
  }
}

const BINDING = { or: 1, and: 2, not: 3 } as const;

/** With no more parentheses than its precedence asks for. */
function conditionText(one: Condition, least = 0): string {
  switch (one.kind) {
    case 'or':
    case 'and': {
      const own = BINDING[one.kind];
      const text = `${conditionText(one.left, own)} ${one.kind.toUpperCase()} ${conditionText(one.right, own + 1)}`;
      return own < least ? `(${text})` : text;
    }
    case 'not':
      return `NOT ${conditionText(one.condition, BINDING.not)}`;
    case 'comparison':
      return `${operandText(one.left)}${one.comparator}${operandText(one.right)}`;
    case 'between':
      return `${operandText(one.operand)} BETWEEN ${operandText(one.low)} AND ${operandText(one.high)}`;
    case 'in':
      return `${operandText(one.operand)} IN (${one.list.map(operandText).join(',')})`;
    case 'function':
      return operandText(one);
  }
}

function updateText(actions: readonly UpdateAction[]): string {
  let last = '';
  return actions
    .map((action) => {
      const start = action.kind === last ? ', ' : ` ${action.kind.toUpperCase()} `;
      last = action.kind;
      if (action.kind === 'remove') return start + pathText(action.path);
      return `${start}${pathText(action.path)} ${action.kind === 'set' ? '= ' : ''}${operandText(action.value)}`;
    })
    .join('');
}

describe('an expression is read as it was meant', () => {
  test('whatever condition is written down', () => {
    fc.assert(
      fc.property(condition, (one) => expect(parseCondition(conditionText(one))).toEqual(one)),
      { numRuns: 200 },
    );
  });

  test('whatever condition is written down inside of parentheses, in lower case and with any space', () => {
    fc.assert(
      fc.property(condition, (one) => {
        const text = `( ${conditionText(one)} )`
          .replace(/\b(AND|OR|NOT|BETWEEN|IN)\b/g, (word) => word.toLowerCase())
          .replaceAll(' ', ' \n ');
        expect(parseCondition(text)).toEqual(one);
      }),
      { numRuns: 100 },
    );
  });

  test('whatever update is written down', () => {
    fc.assert(
      fc.property(clauses, (actions) => expect(parseUpdate(updateText(actions))).toEqual(actions)),
      { numRuns: 200 },
    );
  });

  test.each<[string, Condition]>([
    ['(a) = :v', is(a, '=', value)],
    ['((a)) < (:v)', is(a, '<', value)],
    ['(a) between (:v) and b', { kind: 'between', operand: a, low: value, high: b }],
    ['(a) in (b)', { kind: 'in', operand: a, list: [b] }],
    ['(a = :v)', is(a, '=', value)],
    ['(attribute_exists(a))', call('attribute_exists', a)],
    ['(size(a)) < :v', is(call('size', a), '<', value)],
    ['(a = :v) AND (b = :v)', { kind: 'and', left: is(a, '=', value), right: is(b, '=', value) }],
    ['NOT NOT a = b', { kind: 'not', condition: { kind: 'not', condition: is(a, '=', b) } }],
    ['a = b OR a = b AND a = b', { kind: 'or', left: is(a, '=', b), right: { kind: 'and', left: is(a, '=', b), right: is(a, '=', b) } }],
    ['a = :v  ', is(a, '=', value)],
  ])('the condition %s', (text, expected) => {
    expect(parseCondition(text)).toEqual(expected);
  });

  const sum = (operator: '+' | '-', left: Operand, right: Operand): Operand => ({ kind: 'arithmetic', operator, left, right });
  test.each<[string, Operand]>([
    ['(b + :v)', sum('+', b, value)],
    ['(b - :v)', sum('-', b, value)],
    ['((b + :v))', sum('+', b, value)],
    ['(b) + :v', sum('+', b, value)],
    ['(b) - (:v)', sum('-', b, value)],
    ['(b)', b],
    ['(list_append(a, b)) + :v', sum('+', call('list_append', a, b), value)],
    ['(list_append((a), b) + :v)', sum('+', call('list_append', a, b), value)],
    ['((b) + :v)', sum('+', b, value)],
  ])('the assigned value %s', (text, expected) => {
    expect(parseUpdate(`SET a = ${text}`)).toEqual([{ kind: 'set', path: named('a'), value: expected }]);
  });
});

describe('what is no expression is refused with the place', () => {
  test.each([
    ['a BETWEEN :v OR b', 'expected AND at "OR b"'],
    ['a[b] = :v', 'expected an index at "b ] ="'],
    ['a[1b] = :v', 'expected an index at "1b ] ="'],
    ['a[b1] = :v', 'expected an index at "b1 ] ="'],
    ['a[', 'expected an index at the end'],
    ['a[1 = :v', 'expected ] at "= :v"'],
    ['a. = :v', 'expected an attribute name at "= :v"'],
    ['(a = :v', 'expected ) at the end'],
    ['(a', 'expected a comparator at the end'],
    ['(a OR b)', 'expected a comparator at "OR b )"'],
    ['a IN :v', 'expected ( at ":v"'],
    ['a IN (:v b)', 'expected ) at "b )"'],
    ['and = :v', 'expected an attribute name at "and = :v"'],
    ['OR = :v', 'expected an attribute name at "OR = :v"'],
    ['a = not', 'expected an attribute name at "not"'],
    ['between = :v', 'expected an attribute name at "between = :v"'],
    ['in = :v', 'expected an attribute name at "in = :v"'],
    ['set = :v', 'expected an attribute name at "set = :v"'],
    ['in (:v)', 'expected an attribute name at "in ( :v"'],
    ['a = 1b', 'expected an attribute name at "1b"'],
    ['#a = _b', 'expected an attribute name at "_b"'],
    [':v(a) = b', 'expected a comparator at "( a )"'],
    ['#f(a)', 'expected a comparator at "( a )"'],
    ['1f(a)', 'expected an attribute name at "1f ( a"'],
    ['a = :v b c d', 'expected the end of the expression at "b c d"'],
    ['a = :v ;b', 'unknown character at 6: ";"'],
    ['a + b', 'expected a comparator at "+ b"'],
    ['', 'the expression is empty'],
  ])('the condition %s', (text, message) => {
    expect(() => parseCondition(text)).toThrow(new SyntaxError(message));
  });

  test.each([
    ['SET a :v', 'expected = at ":v"'],
    ['SET a = (b', 'expected ) at the end'],
    ['SET a = (b + c', 'expected ) at the end'],
    ['SET a = b * c', 'unknown character at 9: "*"'],
    ['REMOVE a,', 'expected an attribute name at the end'],
    ['SET add = :v', 'expected an attribute name at "add = :v"'],
    ['SET a = b + c + d', 'expected the end of the expression at "+ d"'],
    ['ADD a', 'expected an attribute name at the end'],
    ['ADD a :v ADD b :v', 'ADD comes twice'],
  ])('the update %s', (text, message) => {
    expect(() => parseUpdate(text)).toThrow(new SyntaxError(message));
  });
});
