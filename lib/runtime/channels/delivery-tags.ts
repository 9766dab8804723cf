/** What names a message to a provider that gives it back with what it tells of the message. */
export interface DeliveryName {
  readonly occurrence: string;
  readonly recipient: string;
  readonly channel: string;
  readonly rule: string;
  /** Id of the event; of a digest, undefined. */
  readonly event?: string;
}

/** Names of the e-mail tags; what is longer goes on in the next. */
export const TAG_PREFIX = 'breakwater-';

/** A value takes ASCII letters, digits, `_` and `-`. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html */
const LONGEST_VALUE = 256;
/** Of the 50 that an e-mail takes, as many are ours. */
const MOST_TAGS = 8;

/** @throws RangeError for a name that does not fit */
export function tagsOf({ occurrence, recipient, channel, rule, event }: DeliveryName): { Name: string; Value: string }[] {
  const text = Buffer.from(JSON.stringify([occurrence, recipient, channel, rule, ...(event === undefined ? [] : [event])])).toString(
    'base64url',
  );
  const values = text.match(new RegExp(`.{1,${LONGEST_VALUE}}`, 'g'))!;
  if (values.length > MOST_TAGS)
    throw new RangeError(`the names of a delivery take ${text.length} characters, tags hold ${MOST_TAGS * LONGEST_VALUE}`);
  return values.map((Value, index) => ({ Name: `${TAG_PREFIX}${index}`, Value }));
}

/** @param tags as SES gives them back @returns undefined for an e-mail that isn't ours */
export function deliveryOf(tags: Readonly<Record<string, readonly string[] | undefined>>): DeliveryName | undefined {
  const values: string[] = [];
  for (let index = 0; index < MOST_TAGS; index++) {
    const value = tags[`${TAG_PREFIX}${index}`]?.[0];
    if (value === undefined) break;
    values.push(value);
  }
  try {
    const names: unknown = JSON.parse(Buffer.from(values.join(''), 'base64url').toString('utf8'));
    if (!Array.isArray(names) || names.length < 4 || names.length > 5 || !names.every((name) => typeof name === 'string')) return undefined;
    const [occurrence, recipient, channel, rule, event] = names as string[];
    return { occurrence: occurrence!, recipient: recipient!, channel: channel!, rule: rule!, ...(event !== undefined && { event }) };
  } catch {
    return undefined;
  }
}
