import { Conjunction } from './conjunction';
import type { SchemaView } from './schema-view';

/** What is said of the value of a field. */
export function fieldOf({ views }: Conjunction, name: string): Conjunction {
  return new Conjunction(
    views.flatMap(({ properties, patternProperties, additionalProperties }) => {
      const own = properties.get(name);
      const patterns = [...patternProperties].filter(([pattern]) => matches(pattern, name)).map(([, node]) => node);
      if (own !== undefined || patterns.length > 0) return [...patterns, ...(own ? [own] : [])];
      return additionalProperties ? [additionalProperties] : [];
    }),
  );
}

/** What is said of fields that match a pattern and that nothing names. */
export function fieldsLike({ views }: Conjunction, pattern: string): Conjunction {
  return new Conjunction(
    views.flatMap(({ patternProperties, additionalProperties }) => {
      const own = patternProperties.get(pattern);
      if (own !== undefined) return [own];
      // Another pattern might match the same names: then these would not be additional.
      return additionalProperties !== undefined && patternProperties.size === 0 ? [additionalProperties] : [];
    }),
  );
}

/** What is said of fields that nothing names and no pattern matches. */
export function otherFields({ views }: Conjunction): Conjunction {
  return new Conjunction(views.flatMap(({ additionalProperties }) => additionalProperties ?? []));
}

export function namedFields({ views }: Conjunction): ReadonlySet<string> {
  return new Set(views.flatMap(({ properties }) => [...properties.keys()]));
}

export function fieldPatterns({ views }: Conjunction): ReadonlySet<string> {
  return new Set(views.flatMap(({ patternProperties }) => [...patternProperties.keys()]));
}

/** What is said of the item at an index. */
export function itemAt({ views }: Conjunction, index: number): Conjunction {
  return new Conjunction(views.flatMap(({ prefix, rest }) => prefix[index] ?? rest ?? []));
}

/** What is said of items that have no schema of their own. */
export function otherItems({ views }: Conjunction): Conjunction {
  return new Conjunction(views.flatMap(({ rest }) => rest ?? []));
}

/** How many items have a schema of their own. */
export function prefixLength(views: readonly Pick<SchemaView, 'prefix'>[]): number {
  return Math.max(0, ...views.map(({ prefix }) => prefix.length));
}

/** Fewest and most items. */
export function itemCount(all: Conjunction): readonly [least: number, most: number] {
  const closed = all.views.filter(({ rest }) => rest?.schema === false).map(({ prefix }) => prefix.length);
  return [all.least('minItems') ?? 0, Math.min(all.most('maxItems') ?? Number.POSITIVE_INFINITY, ...closed)];
}

export function matches(pattern: string, name: string): boolean {
  return new RegExp(pattern, 'u').test(name);
}
