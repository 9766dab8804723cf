import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type StoredItem = Readonly<Record<string, AttributeValue>>;

export function typeOf(value: AttributeValue): string {
  return Object.keys(value).find((type) => value[type as keyof AttributeValue] !== undefined) ?? 'none';
}

export function sameValue(left: AttributeValue, right: AttributeValue): boolean {
  return canonical(left) === canonical(right);
}

/** Negative, zero or positive; undefined for values that have no order among each other. */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if (left.N !== undefined && right.N !== undefined) return Number(difference(left.N, right.N));
  if (left.S !== undefined && right.S !== undefined) return Buffer.compare(Buffer.from(left.S), Buffer.from(right.S));
  if (left.B !== undefined && right.B !== undefined) return Buffer.compare(left.B, right.B);
  return undefined;
}

export function sum(left: string, right: string, sign: 1 | -1): string {
  const [a, b, scale] = aligned(left, right);
  return text(sign === 1 ? a + b : a - b, scale);
}

/** As the service keeps it: numbers without superfluous zeros. */
export function stored(value: AttributeValue): AttributeValue {
  if (value.N !== undefined) return { N: sum(value.N, '0', 1) };
  if (value.M !== undefined) return { M: mapValues(value.M, stored) };
  if (value.L !== undefined) return { L: value.L.map(stored) };
  return value;
}

export function mapValues<T, U>(values: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}

/** One text for values that are equal. */
export function canonical(value: AttributeValue): string {
  const type = typeOf(value);
  if (value.N !== undefined) return `N ${sum(value.N, '0', 1)}`;
  if (value.B !== undefined) return `B ${Buffer.from(value.B).toString('base64')}`;
  if (value.M !== undefined)
    return `M {${Object.keys(value.M)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonical(value.M![name]!)}`)}}`;
  if (value.L !== undefined) return `L [${value.L.map(canonical)}]`;
  if (value.NS !== undefined) return `NS ${value.NS.map((number) => sum(number, '0', 1)).sort()}`;
  if (value.SS !== undefined) return `SS ${JSON.stringify([...value.SS].sort())}`;
  return `${type} ${JSON.stringify(value[type as keyof AttributeValue])}`;
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

function aligned(left: string, right: string): [bigint, bigint, number] {
  const parts = [left, right].map((number) => {
    const match = DECIMAL.exec(number);
    if (match === null) throw new Error(`the in-memory table knows decimal numbers only, given ${number}`);
    return { sign: match[1]!, digits: match[2]!, fraction: match[3] ?? '' };
  });
  const scale = Math.max(...parts.map(({ fraction }) => fraction.length));
  const [a, b] = parts.map(({ sign, digits, fraction }) => BigInt(`${sign}${digits}${fraction.padEnd(scale, '0')}`));
  return [a!, b!, scale];
}

function difference(left: string, right: string): bigint {
  const [a, b] = aligned(left, right);
  return a === b ? 0n : a < b ? -1n : 1n;
}

function text(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const fraction = scale === 0 ? '' : digits.slice(-scale).replace(/0+$/, '');
  const whole = scale === 0 ? digits : digits.slice(0, -scale);
  return `${value < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
