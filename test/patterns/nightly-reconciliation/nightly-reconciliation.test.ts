import { Key } from 'aws-cdk-lib/aws-kms';
import { Alarms } from '../../../lib';
import { nagFindings } from '../../support/cdk/nag';
import { bank, nightly } from '../../support/cdk/nights';

const IN_REGION = { env: { region: 'eu-west-1', account: '111111111111' } };

describe('nightly reconciliation', () => {
  test('has no finding of cdk-nag, with keys of AWS or one of its own', () => {
    const stack = bank();
    nightly(stack, { alarms: Alarms.none() });
    expect(nagFindings(stack)).toEqual([]);
    const encrypted = bank(IN_REGION);
    nightly(encrypted, { alarms: Alarms.none(), encryptionKey: new Key(encrypted, 'Key', { enableKeyRotation: true }) });
    expect(nagFindings(encrypted)).toEqual([]);
  });
});
