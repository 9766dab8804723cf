import { CATEGORIES, SEVERITIES } from './report';

type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;
const count = { oneOf: [{ type: 'number', minimum: 0 }, { enum: ['unlimited', 'unknown'] }] } as const;

function object(required: Schema, optional: Schema = {}) {
  return { type: 'object', additionalProperties: false, required: Object.keys(required), properties: { ...required, ...optional } };
}

function described(description: string, schema: Schema = text): Schema {
  return { ...schema, description };
}

const resource = { stack: text, logicalId: text, type: text, template: text };
const location = object(resource, { constructPath: text, line: { type: 'integer', minimum: 1 } });
const finding = {
  rule: described('Id of the rule; its page is docs/rules/<id>.md.'),
  category: { enum: CATEGORIES },
  severity: { enum: SEVERITIES },
  resources: described('Logical ids of the resources to change or look at.', texts),
  path: described("Logical ids on the event's way, first to last; what is no resource stands in parentheses.", texts),
  message: text,
  fix: described('The change that fixes it, in the words of CloudFormation.'),
  locations: described('The resources with stack, template, line and aws:cdk:path; same order.', { type: 'array', items: location }),
};
const nonEmpty = { type: 'string', pattern: '\\S' };
const ignore = object({
  rule: described('Id of a rule, or a category.', nonEmpty),
  resource: described('Logical id or aws:cdk:path of a resource of the finding; * stands for any text.', nonEmpty),
  because: described('Why the finding is accepted.', nonEmpty),
});

/** JSON schema of `breakwater review --format json`. */
export const REPORT_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Report of breakwater review',
  ...object(
    {
      version: { const: 1 },
      stacks: { type: 'array', items: object({ name: text, template: text, resources: { type: 'integer', minimum: 0 } }) },
      findings: { type: 'array', items: object(finding) },
      ignored: { type: 'array', items: object({ ...finding, because: text }) },
      unmatchedIgnores: described('Ignores that set no finding aside.', { type: 'array', items: ignore }),
      paths: {
        type: 'array',
        items: object({
          from: text,
          to: text,
          resources: texts,
          handlerRuns: described('Runs of the last handler on the path for one event, at worst.', count),
          factors: described('The product behind handlerRuns.', texts),
          handOverAttempts: described('Hand-over attempts on the path, summed. They cost time and repeat no effect.', count),
          secondsUntilParked: described('Seconds until an event that keeps failing has left the path, at worst.', count),
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
      unknowns: {
        type: 'array',
        items: object({ resource: object(resource, { constructPath: text }), property: text, reason: text }),
      },
    },
    { truncated: described('Why the paths are not all there; absent when they are.') },
  ),
} as const;

const positive = { type: 'number', exclusiveMinimum: 0 } as const;
const names = { type: 'array', items: nonEmpty } as const;

/** JSON schema of `breakwater.json`. */
export const CONFIG_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'breakwater.json: what breakwater review may take for granted',
  ...object(
    {},
    {
      $schema: described('Where an editor finds this schema: ./node_modules/cdk-breakwater/dist/schemas/config.json'),
      objectives: described(
        'Promised bounds, for the synchronous and the asynchronous paths apart.',
        object(
          {},
          {
            synchronousSeconds: described('Seconds in which an API answers. Default: not checked.', positive),
            asynchronousSeconds: described(
              'Seconds after which an accepted event has had its effect or is parked. Default: not checked.',
              positive,
            ),
          },
        ),
      ),
      budget: described(
        'What one event may cost at worst.',
        object(
          {},
          {
            handlerRuns: described('Handler runs over the whole path. Default: 10.', positive),
            seconds: described('Seconds until it is parked. Default: 21600, 6 hours.', positive),
          },
        ),
      ),
      assumptions: described(
        'What no template tells. Resources by logical id or aws:cdk:path; * stands for any text.',
        object(
          {},
          {
            idempotent: described('Functions, machines and endpoints whose effects may be repeated without harm.', names),
            mayDrop: described(
              'Hand-overs at which events may be dropped, named by the giver, the receiver or the resource between them.',
              names,
            ),
            heard: described('Topics and alarms that somebody listens to outside the reviewed templates.', names),
          },
        ),
      ),
      ignore: described('Findings that are accepted, each with its reason.', { type: 'array', items: ignore }),
      rules: described('Only these rules or categories. Default: all.', names),
      severity: described("Another severity for rules or categories; a rule's own entry counts before that of its category.", {
        type: 'object',
        additionalProperties: { enum: SEVERITIES },
      }),
    },
  ),
} as const;
