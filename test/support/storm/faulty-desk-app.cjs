// The parking desk's app with an intake that takes a message out of the parking lot before it stores it, so that a test sees a storm find what that loses.
const { cpSync, mkdtempSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { App } = require('aws-cdk-lib');
const { Code } = require('aws-cdk-lib/aws-lambda');

process.chdir(path.resolve(__dirname, '../../..'));
const { ParkingDeskExample } = require(path.resolve('dist/examples/parking-desk/stack.js'));

const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-hasty-intake-'));
process.on('exit', () => require('node:fs').rmSync(folder, { recursive: true, force: true }));
cpSync('dist/handlers/parking-intake', path.join(folder, 'intake'), { recursive: true });
writeFileSync(
  path.join(folder, 'index.js'),
  `
const { SQSClient, DeleteMessageCommand } = require('@aws-sdk/client-sqs');
const { handler } = require('./intake/index.js');
const [{ url: QueueUrl }] = JSON.parse(process.env.BREAKWATER_PARKING_LOTS);
const sqs = new SQSClient({});
exports.handler = async (event, context) => {
  for (const { receiptHandle: ReceiptHandle } of event.Records) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return handler(event, context);
};`,
);

const stack = new ParkingDeskExample(new App(), 'ParkingDesk');
const { intakeFunction } = stack.node.findChild('Orders').parkingDesk;
const code = Code.fromAsset(folder).bind(intakeFunction);
Object.assign(intakeFunction.lambdaFunction.node.defaultChild, {
  code: { s3Bucket: code.s3Location.bucketName, s3Key: code.s3Location.objectKey },
});
