import { type DynamoDbLocal, missing, startDynamoDbLocal } from './server';

export type { DynamoDbLocal };

/** `describe` for what is checked against DynamoDB Local. Without Java and Maven it says so on a laptop, and fails in CI. */
export function describeWithDynamoDbLocal(name: string, tests: (local: () => DynamoDbLocal) => void): void {
  const absent = missing();
  if (absent !== undefined && !process.env.CI) {
    test(`${name}: not checked, DynamoDB Local needs ${absent}`, () => {
      process.stderr.write(`\n${name}: NOT CHECKED. Install ${absent} to run it against DynamoDB Local; CI does.\n`);
      expect(absent).not.toBe('');
    });
    return;
  }
  describe(name, () => {
    let local: DynamoDbLocal | undefined;
    beforeAll(async () => {
      local = await startDynamoDbLocal();
    }, 180_000);
    afterAll(async () => local?.stop());
    tests(() => {
      if (local === undefined) throw new Error('DynamoDB Local is not running');
      return local;
    });
  });
}
