import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LocalEngineOptions } from '../../../lib/operate/local/contract';
import { engineEnvironment } from '../../../lib/operate/local/engine-environment';
import { claimRunDirectory, makeRunDirectory } from '../../../lib/operate/local/run-directory';
import { loadToolkit } from '../../../lib/operate/local/toolkit';

// The machine may be busy with other suites: a slow answer is no wrong one.
jest.setTimeout(60_000);

let runDirectory: string;
const before = { ...process.env };

beforeEach(() => {
  runDirectory = mkdtempSync(path.join(tmpdir(), 'breakwater-environment-'));
});
afterEach(() => {
  process.env = { ...before };
  rmSync(runDirectory, { recursive: true, force: true });
});

const environmentFor = (options: Partial<LocalEngineOptions> = {}) =>
  engineEnvironment({ port: 4612, identity: 'me', runDirectory, options: { progress: () => {}, ...options } });

describe('the environment of an engine, which every function inherits', () => {
  test('holds nothing of the shell that leads to a real account or another endpoint, and everything else', () => {
    Object.assign(process.env, {
      AWS_PROFILE: 'production',
      AWS_ACCESS_KEY_ID: 'AKIAREAL',
      AWS_SECRET_ACCESS_KEY: 'production-secret',
      AWS_SESSION_TOKEN: 'production-token',
      AWS_ENDPOINT_URL: 'https://production',
      AWS_ENDPOINT_URL_S3: 'https://production',
      AWS_CONFIG_FILE: '/production',
      AMAZON_SECRET_ACCESS_KEY: 'production',
      UNTOUCHED: 'yes',
    });
    const environment = environmentFor();
    expect(Object.entries(environment).filter(([, value]) => /production|AKIAREAL/.test(value ?? ''))).toEqual([]);
    expect(environment).toMatchObject({ UNTOUCHED: 'yes', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  });

  test('lets the engine listen on this machine only and enforce IAM, unless it is told not to', () => {
    expect(environmentFor()).toMatchObject({ GATEWAY_PORT: '4612', BIND_HOST: '127.0.0.1', AUTH: 'true' });
    expect(environmentFor({ enforceIam: false })).toMatchObject({ AUTH: 'false' });
  });

  test('keeps state only where it is asked to', () => {
    expect(environmentFor()).not.toHaveProperty('PERSIST_STATE');
    expect(environmentFor({ stateDirectory: '/state' })).toMatchObject({
      PERSIST_STATE: '1',
      STATE_DIR: '/state/services',
      S3_DATA_DIR: '/state/s3',
    });
  });

  test('is overridden by what the caller adds', () => {
    expect(environmentFor({ environment: { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1', AUTH: 'false' } })).toMatchObject({
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
      AUTH: 'false',
    });
  });

  test("offers functions the AWS SDK, as Lambda's runtime does, this machine's native part of DuckDB, and no other package of ours", () => {
    const modules = String(environmentFor().NODE_PATH);
    expect(readdirSync(modules).sort()).toEqual(['@aws-sdk', '@duckdb', '@smithy']);
    expect(readdirSync(path.join(modules, '@duckdb'))).toEqual([`node-bindings-${process.platform}-${process.arch}`]);
    const client = createRequire(path.join(modules, '@aws-sdk', 'client-s3', 'package.json')).resolve('@aws-sdk/client-s3');
    expect(client).toContain('client-s3');
  });
});

test('the folder of an engine that ended over a day ago goes when the next one starts; a younger one and that of a running engine stay', async () => {
  const aged = async (pid: number, ageHours: number): Promise<string> => {
    const folder = await makeRunDirectory(runDirectory);
    await claimRunDirectory(folder, pid);
    const time = Date.now() / 1000 - ageHours * 3600;
    utimesSync(folder, time, time);
    return folder;
  };
  const dead = 999_999_999;
  const old = await aged(dead, 25);
  const young = await aged(dead, 23);
  const running = await aged(process.pid, 25);
  const next = await makeRunDirectory(runDirectory);
  expect([old, young, running, next].map((folder) => existsSync(folder))).toEqual([false, true, true, true]);
});

test('without the CDK toolkit a deployment says what to install', async () => {
  jest.doMock('@aws-cdk/toolkit-lib', () => {
    throw Object.assign(new Error("Cannot find module '@aws-cdk/toolkit-lib'"), { code: 'MODULE_NOT_FOUND' });
  });
  await expect(loadToolkit()).rejects.toThrow('npm install --save-dev @aws-cdk/toolkit-lib@^1.40.0');
});
