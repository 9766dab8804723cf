// CDK's template validation starts an engine per test file (7.7 times the time); one test turns it on for itself.
process.env.CDK_VALIDATION ??= 'false';
