import fc from 'fast-check';
import type { Contract } from '../../lib/event-contracts/contract';
import { validatorModule } from '../../lib/event-contracts/validator-module';
import { compileSchema, type Validator } from '../../lib/json-schema/validator';
import { orderShipped } from '../support/event-contracts/contract-files';
import { schemas, values } from '../support/event-contracts/schemas';

function load(contracts: readonly Contract[]): Readonly<Record<string, Validator>> {
  const module = { exports: {} as Readonly<Record<string, Validator>> };
  new Function('module', 'exports', 'require', validatorModule(contracts))(module, module.exports, () => {
    throw new Error('there is nothing to require from');
  });
  return module.exports;
}

test('validators are exported by name and version, and need no other module', () => {
  const texts = {
    properties: { at: { format: 'date-time' }, note: { maxLength: 3 }, tags: { uniqueItems: true }, one: { const: { a: [1] } } },
  };
  const contracts = [orderShipped(), orderShipped({ version: 2, schema: texts })];
  const validators = load(contracts);
  expect(Object.keys(validators)).toEqual(['order.shipped@1', 'order.shipped@2']);
  expect(validatorModule(contracts)).not.toMatch(/\brequire\b/);
  expect(validators['order.shipped@1']!({ order: 1 })).toEqual({ pointer: '/order', message: 'must be string' });
  expect(validators['order.shipped@2']!({ at: 'noon' })).toEqual({ pointer: '/at', message: 'must match format "date-time"' });
  expect(validators['order.shipped@2']!({ note: '😀😀😀', tags: [{ a: 1 }, { a: 2 }], one: { a: [1] } })).toBeUndefined();
  expect(validators['order.shipped@2']!({ tags: [{ a: 1 }, { a: 1 }] })).toMatchObject({ pointer: '/tags' });
});

test.each(['2020-12', '2019-09', 'draft-07'])(
  'a validator of draft %s that is compiled ahead answers what one that is compiled at start answers',
  (draft) => {
    const samples = fc.array(values, { minLength: 20, maxLength: 20 });
    let refused = 0;
    fc.assert(
      fc.property(schemas(draft), samples, (schema, given) => {
        const now = compiled(schema);
        if (now === undefined) return;
        const ahead = load([orderShipped({ schema })])['order.shipped@1']!;
        for (const value of given) {
          const fault = answer(now, value);
          expect(answer(ahead, value)).toEqual(fault);
          if (fault !== undefined) refused++;
        }
      }),
      { numRuns: Number(process.env.CONTRACT_RUNS ?? 15) },
    );
    expect(refused).toBeGreaterThan(20);
  },
);

function compiled(schema: Contract['schema']): Validator | undefined {
  try {
    return compileSchema(schema);
  } catch {
    return undefined;
  }
}

/** Schemas that refer to themselves without end have no answer, ahead or not. */
function answer(validate: Validator, value: unknown): unknown {
  try {
    return validate(value);
  } catch (error) {
    return (error as Error).name;
  }
}
