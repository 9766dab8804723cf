import fc from 'fast-check';
import { MAX_SEED, seededRandom } from '../../../lib/operate/storm/random';

const seeds = fc.integer({ min: 0, max: MAX_SEED });

test('the same seed draws the same values, another one does not', () => {
  const draws = (seed: number) => Array.from({ length: 50 }, seededRandom(seed).fraction);
  fc.assert(
    fc.property(seeds, (seed) => {
      expect(draws(seed)).toEqual(draws(seed));
      expect(draws(seed)).not.toEqual(draws((seed + 1) % MAX_SEED));
    }),
  );
});

test('the values of a seed never change: a seed that someone quotes must bring back their storm', () => {
  const random = seededRandom(0);
  expect([random.fraction(), random.fraction(), random.fraction()].map((value) => value * 2 ** 32)).toEqual([
    1144304738, 1416247, 958946056,
  ]);
});

test('whole numbers lie within their bounds and reach both', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 4 }), (seed, least, width) => {
      const random = seededRandom(seed);
      const drawn = Array.from({ length: 300 }, () => random.integer(least, least + width));
      expect(Math.min(...drawn)).toBe(least);
      expect(Math.max(...drawn)).toBe(least + width);
    }),
  );
});

test('shuffling keeps every value and leaves what it was given alone', () => {
  fc.assert(
    fc.property(seeds, fc.array(fc.nat()), (seed, values) => {
      const given = [...values];
      const shuffled = seededRandom(seed).shuffle(given);
      expect(given).toEqual(values);
      expect([...shuffled].sort((a, b) => a - b)).toEqual([...values].sort((a, b) => a - b));
    }),
  );
});

test('there is nothing to pick from an empty list', () => {
  expect(() => seededRandom(1).pick([])).toThrow(RangeError);
});
