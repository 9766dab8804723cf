import path from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Played, ScriptedStorm, StormScene } from '../../lib/operate/storm/contract';
import { parseStormOptions, type StormOptions } from '../../lib/operate/storm/options';
import { runScripted, type ScriptedResult } from '../../lib/operate/storm/scripted';

jest.setTimeout(300_000);

async function run(play: (scene: StormScene) => Promise<Played>, ...args: string[]): Promise<readonly ScriptedResult[]> {
  const storm: ScriptedStorm = {
    context: { release: 'one' },
    size: { of: 'parts', usual: 2, least: 1, most: 9 },
    options: [{ name: 'note', argument: 'TEXT', help: 'a note' }],
    play,
  };
  return runScripted({
    options: parseStormOptions(['scripted', ...args], storm) as StormOptions,
    storm,
    app: 'node test/support/storm/scripted-app.cjs',
    workingDirectory: path.resolve(__dirname, '../..'),
    progress: () => {},
  });
}

/** Keys in the example's bucket once all parts were written, and whether each call had an answer. */
async function writeParts(
  scene: StormScene,
  parts: readonly number[],
): Promise<{ readonly keys: readonly string[]; readonly answered: boolean[] }> {
  const { outputs, clientConfig } = scene;
  const functions = new LambdaClient({ ...clientConfig });
  const objects = new S3Client({ ...clientConfig, forcePathStyle: true });
  const answered: boolean[] = [];
  for (const part of parts) {
    const { FunctionError } = await functions.send(
      new InvokeCommand({ FunctionName: outputs.WriterName, Payload: Buffer.from(JSON.stringify({ part })) }),
    );
    answered.push(FunctionError === undefined);
  }
  const { Contents = [] } = await objects.send(new ListObjectsV2Command({ Bucket: outputs.BucketName }));
  functions.destroy();
  objects.destroy();
  return { keys: Contents.map(({ Key }) => Key!).sort(), answered };
}

test('a script deploys, kills at an exact key and finds what stands, on stores of its own for each seed', async () => {
  const results = await run(
    async (scene) => {
      const { size, options, random, tag } = scene;
      scene.arm([{ name: 'before its marker', operation: 's3:PutObject', moment: 'before', holding: [], inPath: '/parts/2.json' }]);
      const killed = await writeParts(scene, [1, 2]);
      await scene.deploy({ release: 'two' });
      const mended = await writeParts(scene, [2]);
      return { text: tag, record: { size, options, drawn: random.integer(0, 1e9), killed, mended, struck: scene.struck() }, faults: [] };
    },
    '--seed',
    '1,2',
    '--events',
    '3',
    '--note',
    'hello',
  );
  expect(results.map(({ seed, played }) => `${seed} ${played.text}`)).toEqual(['1 s1', '2 s2']);
  for (const { clean, kills, requests, played } of results) {
    expect({ clean, kills }).toEqual({ clean: true, kills: { 'before its marker': 1 } });
    expect(played.record).toMatchObject({
      size: 3,
      options: { note: 'hello' },
      killed: { keys: ['one/parts/1', 'one/parts/1.json', 'one/parts/2'], answered: [true, false] },
      mended: { keys: ['one/parts/1', 'one/parts/1.json', 'one/parts/2', 'two/parts/2', 'two/parts/2.json'], answered: [true] },
      struck: { 'before its marker': 1 },
    });
    expect(requests['s3:PutObject']).toBe(6);
  }
  expect(results[0]!.played.record.drawn).not.toBe(results[1]!.played.record.drawn);
});

test('a storm is unclean when its script finds a fault, and when no kill met its moment', async () => {
  const [faulty] = await run(async () => ({ text: '', record: {}, faults: ['one part is missing'] }));
  expect(faulty!.clean).toBe(false);
  const [idle] = await run(async (scene) => {
    scene.arm([{ name: 'never', operation: 's3:PutObject', moment: 'before', holding: [], inPath: '/nowhere' }]);
    return { text: '', record: {}, faults: [] };
  });
  expect(idle).toMatchObject({ clean: false, killsMissed: 1 });
});

test('a script that can not go on ends the storm with its reason', async () => {
  await expect(run(() => Promise.reject(new Error('the night never ended')))).rejects.toThrow('the night never ended');
});
