import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { incompatibilities } from '../../lib/event-contracts/compatibility';
import type { JsonSchema } from '../../lib/event-contracts/contract';
import { compilerFor } from '../../lib/json-schema/validator';
import { anySchema, mutations, NARROWING, schemas, URLS, values } from '../support/event-contracts/schemas';

const RUNS = Number(process.env.CONTRACT_RUNS ?? 100);

describe.each(['2020-12', '2019-09', 'draft-07'])('of schemas of draft %s, a pair that is said to be compatible', (draft) => {
  const pairs = fc.record({
    previous: schemas(draft),
    changes: fc.array(mutations(draft), { minLength: 1, maxLength: 3 }),
    swap: fc.boolean(),
  });
  const compiled = oracle(draft);
  const samples = fc.array(values, { minLength: 60, maxLength: 60 });

  test('never lets a value pass for the new that the old refuses', () => {
    let compatible = 0;
    let compared = 0;
    let passed = 0;
    fc.assert(
      fc.property(pairs, samples, ({ previous: schema, changes, swap }, given) => {
        const changed = changes.reduce((all, change) => change(all), schema);
        const [previous, next] = swap ? [changed, schema] : [schema, changed];
        const [before, after] = [compiled(previous), compiled(next)];
        if (before === undefined || after === undefined) return;
        compared++;
        if (incompatibilities(previous, next).length > 0) return;
        if (!isDeepStrictEqual(previous, next)) compatible++;
        for (const value of given) {
          if (!judged(after, value)) continue;
          passed++;
          if (judged(before, value) === false) throw new Error([value, previous, next].map((one) => JSON.stringify(one)).join('\n'));
        }
      }),
      { numRuns: RUNS, ...(process.env.CONTRACT_SEED && { seed: Number(process.env.CONTRACT_SEED) }) },
    );
    if (process.env.CONTRACT_SHOW) process.stderr.write(`${draft}: ${compared} compared, ${compatible} compatible, ${passed} values\n`);
    expect(compatible).toBeGreaterThan(compared / 10);
    expect(passed).toBeGreaterThan(compatible);
  });

  test('is every pair of which the new one says the same and more', () => {
    const root = schemas(draft).filter(
      (schema) => compiled(schema) !== undefined && !/"(unevaluated\w+|\$ref|dependencies)"/.test(JSON.stringify(schema)),
    );
    fc.assert(
      fc.property(root, anySchema(draft), (previous, more) => {
        const also = { ...previous, allOf: [...((previous.allOf as unknown[] | undefined) ?? []), more] };
        const words = Object.entries(more).filter(([word]) => NARROWING.includes(word) && !(word in previous));
        for (const next of [also, { ...previous, ...Object.fromEntries(words) }]) {
          if (compiled(next) !== undefined) expect(incompatibilities(previous, next)).toEqual([]);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

type Accepts = (value: unknown) => boolean;

/** @returns undefined where the schema refers to itself without end */
function judged(accepts: Accepts, value: unknown): boolean | undefined {
  try {
    return accepts(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The oracle, once per draft: to compile the schema of schemas takes longer than all else. */
function oracle(draft: string): (schema: JsonSchema) => Accepts | undefined {
  const ajv = compilerFor({ $schema: URLS[draft] });
  return (schema) => {
    try {
      const validate = ajv.compile(schema);
      return (value) => validate(value) === true;
    } catch {
      return undefined;
    } finally {
      ajv.removeSchema(schema);
    }
  };
}
