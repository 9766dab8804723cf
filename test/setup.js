// CDK's template validation starts an engine per test file (7.7 times the time); one test turns it on for itself.
process.env.CDK_VALIDATION ??= 'false';
// The AWS SDK's note on Node 20 drowns what a test says.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
