import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { App } = require('aws-cdk-lib');
const { NotificationFanoutExample } = require('../../../dist/examples/notification-fanout/stack');

new NotificationFanoutExample(new App(), 'NotificationFanout', { chat: 'test/support/notifications/forgetful-chat.ts' });
