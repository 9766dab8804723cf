import { duration, flag, list, mapOf, name, pointer, quietHours, quietHoursOrFalse, record, text, wallClock } from './schema-parts';

const version = { oneOf: [{ type: 'integer', minimum: 1 }, text] } as const;

/** What EventBridge allows for a `detail-type`. */
const eventName = { type: 'string', pattern: '^(?=.*\\S).{1,128}$' } as const;

const contract = record(
  {
    name: eventName,
    version,
    schema: {
      description: 'JSON Schema of the payload, or the path of a file with it, from the folder of this file.',
      oneOf: [text, { type: 'object' }],
    },
  },
  ['name', 'version'],
);

const audience = {
  description: 'Exactly one field.',
  ...record({
    field: { ...pointer, description: "Pointer to a recipient's id in the payload, or to a list of ids." },
    recipients: list(text),
    topic: { ...text, description: 'Every recipient who has this topic.' },
    all: { const: true },
  }),
} as const;

const cap = record(
  {
    limit: { type: 'integer', minimum: 1 },
    window: duration,
    key: pointer,
    type: { description: 'fixed: the window is opened by the first event.', enum: ['fixed', 'sliding'] },
  },
  ['limit', 'window'],
);

const digest = {
  description: 'Either window or schedule.',
  ...record({
    window: duration,
    schedule: record(
      {
        at: list(wallClock),
        days: list({ enum: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] }),
      },
      ['at'],
    ),
    key: pointer,
    channels: list(name),
    inQuietHours: { description: 'What a flush in quiet hours does.', enum: ['closed', 'open', 'send'] },
  }),
} as const;

const fallback = record(
  {
    channel: name,
    wait: { ...duration, description: 'Goes out when nothing was engaged with for so long.' },
    waitFrom: { enum: ['sent', 'received'] },
    until: { description: 'Kinds of engagement that cancel it.', ...list(text) },
    atOnce: { enum: ['unreachable', 'closed', 'never'] },
  },
  ['channel'],
);

const rule = record(
  {
    id: text,
    event: { ...eventName, description: 'Name of the event.' },
    version,
    category: { ...text, description: 'What preferences call it.' },
    audience,
    channels: list(name),
    method: { description: 'all: every open channel gets the message.', enum: ['all', 'single'] },
    template: { oneOf: [text, record({ id: text, variables: mapOf(pointer) }, ['id'])] },
    urgency: { description: 'Its lane.', enum: ['transactional', 'bulk'] },
    critical: flag,
    quietHours: quietHoursOrFalse,
    cap,
    digest,
    deduplication: record({ window: duration, key: pointer }, ['window', 'key']),
    fallback,
  },
  ['id', 'event', 'category', 'audience', 'channels'],
);

const semantics = record({
  rememberEventIds: { ...duration, description: "For how long an event's id does nothing again; for ever without it." },
  rejectedClaimsId: flag,
  preferences: { enum: ['anyFalseCloses', 'mostSpecific'] },
  gates: list({ enum: ['preference', 'address', 'suppression'] }),
  criticalPasses: { type: 'array', items: { enum: ['preferences', 'deduplication', 'cap', 'digest', 'quietHours'] } },
  suppressionWhenSending: flag,
});

/** JSON schema of a rules file. */
export const RULES_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Rules of notifications',
  ...record(
    {
      $schema: { type: 'string' },
      version: { const: 1 },
      timezone: { ...text, description: 'IANA name, for recipients without one.' },
      channels: {
        description: 'Channels of your own, and other settings for those that are known.',
        ...mapOf(record({ caseSensitive: flag, quiet: flag, needsAddress: flag })),
      },
      quietHours,
      semantics,
      events: list(contract),
      rules: list(rule),
    },
    ['version', 'events', 'rules'],
  ),
} as const;
