// A function that writes an object under the name of its release, so that a test sees what a scripted storm can do: deploy, kill, ask.
const { App, CfnOutput, Duration, RemovalPolicy, Stack } = require('aws-cdk-lib');
const { Code, Function: LambdaFunction, Runtime } = require('aws-cdk-lib/aws-lambda');
const { Bucket } = require('aws-cdk-lib/aws-s3');

const app = new App();
const stack = new Stack(app, 'Scripted');
const bucket = new Bucket(stack, 'Bucket', { removalPolicy: RemovalPolicy.DESTROY });
const writer = new LambdaFunction(stack, 'Writer', {
  runtime: Runtime.NODEJS_22_X,
  handler: 'index.handler',
  timeout: Duration.seconds(30),
  environment: { BUCKET: bucket.bucketName, RELEASE: app.node.tryGetContext('release') ?? 'first' },
  code: Code.fromInline(`
    const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
    const s3 = new S3Client({});
    exports.handler = async ({ part }) => {
      for (const Key of ['parts/' + part, 'parts/' + part + '.json']) {
        await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: process.env.RELEASE + '/' + Key, Body: 'part' }));
      }
    };`),
});
bucket.grantWrite(writer);
new CfnOutput(stack, 'BucketName', { value: bucket.bucketName });
new CfnOutput(stack, 'WriterName', { value: writer.functionName });
