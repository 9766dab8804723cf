import { CATEGORIES, SEVERITIES } from './report';

const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;
const count = { oneOf: [{ type: 'number', minimum: 0 }, { enum: ['unlimited', 'unknown'] }] } as const;

function object(required: Readonly<Record<string, unknown>>, optional: Readonly<Record<string, unknown>> = {}) {
  return { type: 'object', additionalProperties: false, required: Object.keys(required), properties: { ...required, ...optional } };
}

const resource = { stack: text, logicalId: text, type: text, template: text };
const location = object(resource, { constructPath: text, line: { type: 'integer', minimum: 1 } });
const finding = {
  rule: text,
  category: { enum: CATEGORIES },
  severity: { enum: SEVERITIES },
  resources: texts,
  path: texts,
  message: text,
  fix: text,
  locations: { type: 'array', items: location },
};

/** JSON schema of `breakwater review --format json`. */
export const REPORT_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Report of breakwater review',
  ...object(
    {
      version: { const: 1 },
      stacks: { type: 'array', items: object({ name: text, template: text, resources: { type: 'integer', minimum: 0 } }) },
      findings: { type: 'array', items: object(finding) },
      ignored: { type: 'array', items: object({ ...finding, because: text }) },
      paths: {
        type: 'array',
        items: object({
          from: text,
          to: text,
          resources: texts,
          handlerRuns: count,
          factors: texts,
          handOverAttempts: count,
          secondsUntilParked: count,
          ends: { enum: ['effect', 'dlq', 'drop', 'error-to-caller', 'blocks', 'unknown'] },
        }),
      },
      checklist: {
        type: 'array',
        items: object({
          id: text,
          question: text,
          answer: { enum: ['yes', 'no', 'partly', 'cannot be told from a template'] },
          evidence: texts,
        }),
      },
      unknowns: { type: 'array', items: object({ resource: object(resource, { constructPath: text }), property: text, reason: text }) },
    },
    { truncated: text },
  ),
} as const;

const positive = { type: 'number', exclusiveMinimum: 0 } as const;

/** JSON schema of `breakwater.json`. */
export const CONFIG_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'breakwater.json: what breakwater review may take for granted',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: text,
    objectives: {
      ...object({}, { synchronousSeconds: positive, asynchronousSeconds: positive }),
      description: 'Promised bounds: seconds in which an API answers, and in which an accepted event has its effect or is parked.',
    },
    budget: {
      ...object({}, { handlerRuns: positive, seconds: positive }),
      description: 'What one event may cost at worst. Default: 10 handler runs, 21600 seconds.',
    },
    assumptions: {
      ...object({}, { idempotent: texts, mayDrop: texts, heard: texts }),
      description: 'What no template tells. Resources by logical id or aws:cdk:path; * stands for any text.',
    },
    ignore: { type: 'array', items: object({ rule: text, resource: text, because: { type: 'string', minLength: 1 } }) },
    rules: { ...texts, description: 'Only these rules or categories.' },
    severity: { type: 'object', additionalProperties: { enum: SEVERITIES } },
  },
} as const;
