import { FIREHOSE } from '../limits';
import type { Resource } from '../model';
import { type Reading, sum } from '../reading';
import type { Value } from '../value';

const DESTINATIONS: ReadonlyArray<readonly [configuration: string, target: readonly string[], endpoint: string]> = [
  ['ExtendedS3DestinationConfiguration', ['BucketARN'], 'S3'],
  ['S3DestinationConfiguration', ['BucketARN'], 'S3'],
  ['HttpEndpointDestinationConfiguration', ['EndpointConfiguration', 'Url'], 'HTTP'],
  ['AmazonopensearchserviceDestinationConfiguration', ['DomainARN'], 'OpenSearch'],
  ['AmazonOpenSearchServerlessDestinationConfiguration', ['CollectionEndpoint'], 'OpenSearch'],
  ['ElasticsearchDestinationConfiguration', ['DomainARN'], 'Elasticsearch'],
  ['RedshiftDestinationConfiguration', ['ClusterJDBCURL'], 'Redshift'],
  ['SplunkDestinationConfiguration', ['HECEndpoint'], 'Splunk'],
  ['SnowflakeDestinationConfiguration', ['AccountUrl'], 'Snowflake'],
  ['IcebergDestinationConfiguration', ['CatalogConfiguration', 'CatalogArn'], 'Iceberg'],
];

/** Firehose: its source, the function that transforms, the destination with its retries and its backup. */
export function readDeliveryStreams(reading: Reading): void {
  for (const stream of reading.model.ofType('AWS::KinesisFirehose::DeliveryStream')) {
    const { builder } = reading;
    const node = builder.node(stream);
    const source = stream.get('KinesisStreamSourceConfiguration', 'KinesisStreamARN');
    if (!source.isAbsent) {
      for (const from of reading.places(stream, source, 'KinesisStreamSourceConfiguration', 'asynchronous')) {
        builder.edge({
          from,
          to: node,
          kind: 'firehose-destination',
          role: 'delivery',
          via: [stream.ref],
          order: 'per-shard',
          sizeLimitBytes: FIREHOSE.bytes,
          exhausted: 'blocks',
        });
      }
    }
    for (const [configuration, target, service] of DESTINATIONS) {
      const destination = stream.get(configuration);
      if (destination.isAbsent) continue;
      readTransforms(reading, stream, node, destination);
      readDestination(reading, stream, node, destination, destination.get(...target), service);
    }
  }
}

function readTransforms(reading: Reading, stream: Resource, node: string, destination: Value) {
  for (const processor of destination.get('ProcessingConfiguration', 'Processors').items()) {
    if (!processor.get('Type').canBe('Lambda')) continue;
    const parameter = (name: string) =>
      processor
        .get('Parameters')
        .items()
        .find((one) => one.get('ParameterName').canBe(name))
        ?.get('ParameterValue');
    const handler = parameter('LambdaArn');
    if (!handler) continue;
    const retries = parameter('NumberOfRetries')?.number(FIREHOSE.transformRetries) ?? FIREHOSE.transformRetries;
    const runs = sum(1, retries);
    for (const to of reading.places(stream, handler, 'ProcessingConfiguration.LambdaArn', 'synchronous')) {
      reading.builder.edge({
        from: node,
        to,
        kind: 'firehose-transform',
        role: 'delivery',
        via: [stream.ref],
        synchronous: true,
        handOverAttempts: runs,
        handlerRuns: runs,
        runsBecause: `1 + NumberOfRetries ${retries}`,
        // What can't be transformed is written to the error prefix of the bucket.
        exhausted: 'error-to-caller',
        sizeLimitBytes: 6 * 1024 * 1024,
      });
    }
  }
}

function readDestination(reading: Reading, stream: Resource, node: string, destination: Value, target: Value, service: string) {
  const { builder } = reading;
  const toS3 = service === 'S3';
  const places = target.isAbsent
    ? [builder.outside(`${service} of ${stream.ref.logicalId}`, 'endpoint')]
    : reading.places(stream, target, service, 'synchronous');
  const backup = destination.get('S3Configuration', 'BucketARN');
  const parked =
    toS3 || backup.isAbsent
      ? []
      : reading.places(stream, backup, 'S3Configuration', 'synchronous').map((to) => builder.fail(node, to, stream));
  const window = toS3 ? FIREHOSE.s3Seconds : destination.get('RetryOptions', 'DurationInSeconds').number(FIREHOSE.httpSeconds);
  for (const to of places) {
    builder.edge({
      from: node,
      to,
      kind: 'firehose-destination',
      role: 'delivery',
      via: [stream.ref],
      handOverAttempts: 'unknown',
      handOverSeconds: window,
      exhausted: parked.length > 0 ? 'dlq' : 'drop',
      ...(parked.length > 0 ? { deadLetter: parked[0] } : {}),
    });
  }
}
