#!/usr/bin/env node
import { runCommandLine } from '../lib/operate/command-line';

// The AWS SDK's note on Node 20 tells whoever waits for a storm nothing they can act on.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

runCommandLine(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
