import { type AttributeValue, DynamoDBClient, GetItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { StormTarget } from '../../../lib/operate/storm/contract';
import type { AcceptedEvent, RecordedDelivery, RecordedDigest, RecordedMessage } from './judge/observed';

/** What stands in the table of the fan-out. */
export interface Records {
  readonly accepted: readonly AcceptedEvent[];
  readonly deliveries: readonly RecordedDelivery[];
}

type Item = Readonly<Record<string, unknown>>;

/** A table of the example. */
export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor({ clientConfig }: StormTarget, name: string) {
    this.#client = new DynamoDBClient({ ...clientConfig });
    this.#name = name;
  }

  close(): void {
    this.#client.destroy();
  }

  /** Every item. */
  async items(): Promise<readonly Item[]> {
    const found: Item[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.#client.send(new ScanCommand({ TableName: this.#name, ConsistentRead: true, ExclusiveStartKey: from }));
      found.push(...(page.Items ?? []).map((item) => unmarshall(item)));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return found;
  }

  async get(pk: string, sk: string): Promise<Item | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#name, ConsistentRead: true, Key: marshall({ pk, sk }) }),
    );
    return Item && unmarshall(Item);
  }

  /** Whether an event's first pages are planned. */
  async isPlanned(event: string): Promise<boolean> {
    const claim = await this.get(`EVENT#${event}`, 'CLAIM');
    if (claim === undefined) return false;
    const { Count = 0 } = await this.#client.send(
      new QueryCommand({
        TableName: this.#name,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :page)',
        ExpressionAttributeValues: marshall({ ':pk': `OCCURRENCE#${String(claim.occurrence)}`, ':page': 'PAGE#' }),
      }),
    );
    return Count > 0;
  }
}

export async function readRecords(table: Table): Promise<Records> {
  const items = await table.items();
  const beginning = (prefix: string, sort: string): readonly Item[] =>
    items.filter(({ pk, sk }) => String(pk).startsWith(`${prefix}#`) && String(sk) === sort);
  return {
    accepted: beginning('OCCURRENCE', 'EVENT').map((item) => ({
      ...(item as unknown as AcceptedEvent),
      payload: JSON.parse(item.payload as string) as AcceptedEvent['payload'],
    })),
    deliveries: beginning('DELIVERY', 'DELIVERY').map(deliveryOf),
  };
}

function deliveryOf(item: Item): RecordedDelivery {
  const {
    occurrence,
    event,
    recipient,
    planned_at: plannedAt,
    messages,
    timeline,
    digest,
  } = item as {
    readonly occurrence: string;
    readonly event?: string;
    readonly recipient: string;
    readonly planned_at: string;
    readonly messages: Readonly<Record<string, RecordedMessage>>;
    readonly timeline: RecordedDelivery['timeline'];
    readonly digest?: string;
  };
  return {
    ...{ occurrence, recipient, plannedAt: Date.parse(plannedAt), messages: Object.values(messages), timeline },
    ...(event !== undefined && { event }),
    ...(digest !== undefined && { digest: digestOf(digest) }),
  };
}

function digestOf(text: string): RecordedDigest {
  const { events, ...digest } = JSON.parse(text) as Omit<RecordedDigest, 'events'> & {
    readonly events: ReadonlyArray<{ readonly id: string }>;
  };
  return { ...digest, events: events.map(({ id }) => id) };
}
