import { flag, instant, mapOf, quietHoursOrFalse, record, text } from './schema-parts';

const draft = { $schema: 'https://json-schema.org/draft/2020-12/schema' } as const;
const channels = mapOf(flag);

/** JSON schema of one recipient. */
export const RECIPIENT_SCHEMA = {
  ...draft,
  title: 'Recipient of notifications',
  ...record(
    {
      id: text,
      timezone: { ...text, description: 'IANA name.' },
      addresses: { description: 'By channel.', ...mapOf(text) },
      preferences: record({
        global: flag,
        channels,
        categories: mapOf({ oneOf: [flag, record({ enabled: flag, channels })] }),
      }),
      quietHours: quietHoursOrFalse,
      topics: { type: 'array', items: text },
      suppressed: {
        description: 'Addresses that get nothing more, whoever has them.',
        type: 'array',
        items: { oneOf: [text, record({ address: text, channel: text, reason: text, at: instant }, ['address'])] },
      },
      data: { description: 'Anything of your own.', type: 'object' },
    },
    ['id'],
  ),
} as const;

/** JSON schema of one event; the rest of it is checked against its contract. */
export const EVENT_SCHEMA = {
  ...draft,
  title: 'Event that recipients are told of',
  type: 'object',
  required: ['id', 'receivedAt'],
  properties: {
    id: text,
    name: { description: 'Name of a contract in the rules.' },
    version: { description: 'Version of a contract in the rules.' },
    receivedAt: instant,
    payload: { description: 'As the contract has it.' },
  },
} as const;

/** JSON schema of one engagement. */
export const ENGAGEMENT_SCHEMA = {
  ...draft,
  title: 'What a recipient did with a message',
  ...record(
    {
      recipient: text,
      event: { ...text, description: 'Id of the event.' },
      channel: text,
      at: instant,
      kind: { ...text, description: 'For example seen, opened, clicked, acknowledged.' },
    },
    ['recipient', 'event', 'channel', 'at', 'kind'],
  ),
} as const;
