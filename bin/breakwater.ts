#!/usr/bin/env node
import { runCommandLine } from '../lib/operate/command-line';

// The AWS SDK's note on Node 20 tells whoever waits for a storm nothing they can act on.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

runCommandLine(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
