const version = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;

/** JSON Schema of a contract's file: `cdk-breakwater/schemas/event-contract.json`. */
export const CONTRACT_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Event contract: name, version and schema of an event',
  type: 'object',
  additionalProperties: false,
  required: ['name', 'version', 'source', 'schema'],
  properties: {
    $schema: { description: 'Where an editor finds this schema.', type: 'string' },
    name: {
      description: 'detail-type of the event and name of its folder, for example order.shipped.',
      type: 'string',
      pattern: '^[A-Za-z][A-Za-z0-9_.-]{0,127}$',
    },
    version: { description: 'A whole number from 1, and the name of the file.', ...version },
    source: {
      description: 'source of the event, for example acme.orders; EventBridge keeps names that begin with aws. for itself.',
      type: 'string',
      pattern: '^(?!aws\\.)[A-Za-z0-9_./-]{1,128}$',
    },
    owner: { description: 'Who answers for the event.', type: 'string', pattern: '\\S' },
    description: { description: 'When the event happens, and what it means.', type: 'string', pattern: '\\S' },
    examples: { description: 'Examples of data. Each must be as schema has it.', type: 'array', minItems: 1 },
    schema: {
      description: 'JSON Schema of data: 2020-12, or what its own $schema says (2019-09, draft-07).',
      type: 'object',
    },
    compatibleFrom: {
      description:
        'The oldest version whose consumers this one serves. Default: as in the version before; of the first, its own. With its own version here, a change that breaks is accepted.',
      ...version,
    },
  },
} as const;
