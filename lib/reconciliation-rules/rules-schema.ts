const column = {
  description: 'Name of a column; an object when the sides call it differently.',
  oneOf: [
    { type: 'string', pattern: '\\S' },
    {
      type: 'object',
      additionalProperties: false,
      required: ['left', 'right'],
      properties: { left: { type: 'string', pattern: '\\S' }, right: { type: 'string', pattern: '\\S' } },
    },
  ],
} as const;
const side = ['left', 'right'] as const;
const whole = { type: 'integer', minimum: 0 } as const;

export const NORMALISERS = ['trim', 'lowerCase', 'collapseSpaces', 'removeSpaces', 'removeLeadingZeros', 'digitsOnly'] as const;
export const DATE_FORMATS = [
  'YYYY-MM-DD',
  'YYYY/MM/DD',
  'DD.MM.YYYY',
  'DD/MM/YYYY',
  'DD-MM-YYYY',
  'MM/DD/YYYY',
  'MM-DD-YYYY',
  'DD MMM YYYY',
  'DD-MMM-YYYY',
  'YYYYMMDD',
  'DDMMYYYY',
  'DD.MM.YY',
  'DD/MM/YY',
  'MM/DD/YY',
  'YYMMDD',
  'YYYY-MM-DDTHH:mm:ss',
] as const;
export const BREAK_CLASSES = [
  'missing_left',
  'missing_right',
  'amount',
  'date',
  'field',
  'duplicate_left',
  'duplicate_right',
  'group_mismatch',
  'ambiguous',
] as const;

const field = {
  type: 'object',
  additionalProperties: false,
  required: ['column'],
  properties: { column, normalise: { type: 'array', items: { enum: NORMALISERS } } },
} as const;

const perSide = <const T extends readonly string[]>(texts: T) =>
  ({
    oneOf: [
      { enum: texts },
      {
        type: 'object',
        additionalProperties: false,
        required: ['left', 'right'],
        properties: { left: { enum: texts }, right: { enum: texts } },
      },
    ],
  }) as const;
const numberStyle = {
  decimal: { description: 'What stands before the decimals; a point unless told otherwise.', ...perSide(['.', ',']) },
  thousands: { description: 'What may stand between groups of three digits.', ...perSide(['.', ',', "'", ' ']) },
} as const;
const percent = { description: 'Of the larger of both, as decimal text.', type: 'string', pattern: '^\\d{1,3}(\\.\\d{1,6})?$' } as const;
const dates = {
  formats: { description: 'Tried in order.', type: 'array', minItems: 1, items: { enum: DATE_FORMATS } },
  toleranceDays: { ...whole, maximum: 3650 },
} as const;
const amountTolerance = {
  description: 'At most this much may differ; the edge belongs to it. With both, the larger one counts.',
  type: 'object',
  additionalProperties: false,
  properties: { minor: { description: 'Minor units.', ...whole }, percent },
} as const;
const signs = { type: 'array', minItems: 1, items: { type: 'string', pattern: '\\S' } } as const;

const comparedField = {
  ...field,
  properties: {
    ...field.properties,
    number: {
      description: 'Compared as numbers.',
      type: 'object',
      additionalProperties: false,
      properties: {
        ...numberStyle,
        tolerance: {
          description: 'At most this much may differ; the edge belongs to it. With both, the larger one counts.',
          type: 'object',
          additionalProperties: false,
          properties: {
            absolute: { description: 'As decimal text.', type: 'string', pattern: '^\\d{1,15}(\\.\\d{1,12})?$' },
            percent,
          },
        },
      },
    },
    date: { description: 'Compared as days of the calendar.', type: 'object', additionalProperties: false, properties: dates },
  },
} as const;

/** JSON schema of a rules file. */
export const RULES_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Rules of a reconciliation',
  type: 'object',
  additionalProperties: false,
  required: ['version', 'name', 'key', 'amount'],
  properties: {
    $schema: { type: 'string' },
    version: { const: 1 },
    name: { description: "Part of every break's id.", type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
    key: {
      description: 'Columns that say which rows belong together; without normalise compared without outer white space and case.',
      type: 'array',
      minItems: 1,
      items: field,
    },
    amount: {
      type: 'object',
      additionalProperties: false,
      required: ['column', 'currency'],
      properties: {
        column,
        currency: {
          description: 'Column of the ISO 4217 code, or the code itself.',
          oneOf: [
            { type: 'object', additionalProperties: false, required: ['column'], properties: { column } },
            {
              type: 'object',
              additionalProperties: false,
              required: ['code'],
              properties: { code: { type: 'string', pattern: '^[A-Z]{3}$' } },
            },
          ],
        },
        inMinorUnits: { type: 'boolean' },
        ...numberStyle,
        sign: {
          description: 'Column that says debit or credit; what is in neither list is a bad row.',
          type: 'object',
          additionalProperties: false,
          required: ['column', 'negative', 'positive'],
          properties: { column, negative: signs, positive: signs, side: { enum: [...side, 'both'] } },
        },
        negated: { description: 'Side that states amounts with the other sign.', enum: side },
        tolerance: amountTolerance,
      },
    },
    date: {
      type: 'object',
      additionalProperties: false,
      required: ['column'],
      properties: { column, ...dates },
    },
    fields: { description: 'Further columns that must agree.', type: 'array', items: comparedField },
    group: {
      description:
        'Rows with a batch id are summed and compared with one row of the other side whose first key column and account are the same.',
      type: 'object',
      additionalProperties: false,
      required: ['batch', 'account'],
      properties: { batch: column, account: column, side: { enum: [...side, 'both'] } },
    },
    later: {
      description: 'Rules for rows that no earlier one has matched, in the order in which they are tried.',
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: {
          name: { description: 'By which reports tell its matches.', type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
          key: { description: 'Other columns than the key of the rules; an empty list: rows of any key.', type: 'array', items: field },
          tolerance: amountTolerance,
          toleranceDays: dates.toleranceDays,
          fields: { description: 'Columns of fields that must agree; all when absent.', type: 'array', items: { type: 'string' } },
        },
      },
    },
    timing: {
      type: 'object',
      additionalProperties: false,
      properties: {
        minimumAgeDays: { description: 'A row without counterpart younger than this is in transit.', ...whole, maximum: 3650 },
        carryForward: {
          description:
            'Sources, or the one of a side, deliver each row once: rows without counterpart are compared again on the next night.',
          oneOf: [
            { type: 'boolean' },
            {
              type: 'object',
              additionalProperties: false,
              properties: { left: { type: 'boolean' }, right: { type: 'boolean' } },
            },
          ],
        },
      },
    },
    minorUnits: {
      description: 'Decimal digits by currency, beside and instead of those of ISO 4217.',
      type: 'object',
      additionalProperties: { ...whole, maximum: 9 },
    },
    classes: {
      description: 'Classes of your own: the first whose conditions all hold replaces the computed one.',
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'of'],
        properties: {
          name: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,63}$' },
          of: { type: 'array', minItems: 1, items: { enum: BREAK_CLASSES } },
          fields: {
            description: 'Only where nothing differs but these columns of fields, at least one of them.',
            type: 'array',
            minItems: 1,
            items: { type: 'string' },
          },
          differenceMinor: {
            description: 'Bounds of right minus left, both included.',
            type: 'object',
            additionalProperties: false,
            properties: { from: { type: 'integer' }, to: { type: 'integer' } },
          },
        },
      },
    },
    limits: {
      type: 'object',
      additionalProperties: false,
      properties: {
        badRows: { description: 'The run fails above this share of bad rows a side.', type: 'number', minimum: 0, maximum: 1 },
        leftOver: { description: 'The run fails above so many rows that later rules would have to try.', ...whole },
        breaks: { description: 'The run fails, with a sample, above so many breaks.', ...whole },
      },
    },
  },
} as const;
