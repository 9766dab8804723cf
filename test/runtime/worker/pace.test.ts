import { Pace } from '../../../lib/runtime/worker/pace';

function paced(...milliseconds: number[]): number {
  const pace = new Pace();
  for (const one of milliseconds) pace.note(one);
  return pace.p99;
}

test('nothing is known before the first record', () => {
  expect(paced()).toBe(0);
});

test('of a few records the slowest counts, wherever it came', () => {
  expect(paced(9, 100, 20)).toBe(100);
  expect(paced(100, 9, 20)).toBe(100);
});

test('of many, one in a hundred may be slower', () => {
  const usual = Array.from({ length: 197 }, () => 10);
  expect(paced(5_000, ...usual, 20, 6_000)).toBe(20);
  expect(paced(5_000, ...usual, 10, 6_000)).toBe(10);
});

test('only the last two hundred are remembered', () => {
  const usual = Array.from({ length: 197 }, () => 10);
  expect(paced(5_000, 5_000, 5_000, ...usual)).toBe(5_000);
  expect(paced(5_000, 5_000, 5_000, ...usual, 10)).toBe(10);
});
