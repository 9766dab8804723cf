import { ENGAGEMENT_SCHEMA, EVENT_SCHEMA, RECIPIENT_SCHEMA } from './records-schema';
import { RULES_SCHEMA } from './rules-schema';

/** By the name under which the package has them: `cdk-breakwater/schemas/<name>.json`. */
export const SHIPPED_SCHEMAS = {
  'notification-rules': RULES_SCHEMA,
  'notification-recipient': RECIPIENT_SCHEMA,
  'notification-event': EVENT_SCHEMA,
  'notification-engagement': ENGAGEMENT_SCHEMA,
} as const;
