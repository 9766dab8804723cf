import type { AssemblyStack, StackEnvironment } from './cloud-assembly';
import type { LocalEngine } from './contract';
import { engineRequest, jsonRequest, targetOf } from './engine-request';

/** The bootstrap version that the parameter claims: newer than any a synthesizer asks for today. */
const BOOTSTRAP_VERSION = '30';

/**
 * Puts into the engine what `cdk bootstrap` would have left in an account, as far as a deployment uses it: the bucket for assets and the version
 * parameter, by the names in the assembly, so that qualifiers and synthesizers of one's own work. Roles are not needed: credentials are the account's root.
 */
export async function bootstrap(engine: LocalEngine, stacks: readonly AssemblyStack[]): Promise<void> {
  const done = new Set<string>();
  for (const stack of stacks) {
    for (const { bucketName, region } of stack.assetDestinations) {
      if (done.has(bucketName)) continue;
      done.add(bucketName);
      await createBucket(engine, bucketName, { ...stack.environment, region });
    }
    for (const name of stack.bootstrapParameters) {
      const key = `${stack.environment.account}/${stack.environment.region}${name}`;
      if (done.has(key)) continue;
      done.add(key);
      await jsonRequest(targetOf(engine, stack.environment), 'ssm', 'AmazonSSM.PutParameter', {
        Name: name,
        Value: BOOTSTRAP_VERSION,
        Type: 'String',
        Overwrite: true,
      });
    }
  }
}

async function createBucket(engine: LocalEngine, bucketName: string, environment: StackEnvironment): Promise<void> {
  const location =
    environment.region === 'us-east-1'
      ? ''
      : `<CreateBucketConfiguration><LocationConstraint>${environment.region}</LocationConstraint></CreateBucketConfiguration>`;
  const answer = await engineRequest(targetOf(engine, environment), {
    service: 's3',
    method: 'PUT',
    path: `/${bucketName}`,
    body: location,
  });
  if (answer.status !== 200 && !/BucketAlreadyOwnedByYou/.test(answer.text)) {
    throw new Error(`the local engine could not create the bucket for assets, ${bucketName}: ${answer.status} ${answer.text}`);
  }
}
