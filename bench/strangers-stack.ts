import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';

/** A stack as somebody else would write it. */
export interface Stranger {
  readonly name: string;
  readonly build: (stack: Stack) => unknown;
}

/** Synthesises a stranger into an assembly of its own, as `cdk synth` does, for as long as `use` works with it. */
export function withAssembly<T>(stranger: Stranger, use: (assembly: string) => T): T {
  const outdir = mkdtempSync(join(tmpdir(), 'breakwater-stranger-'));
  try {
    const app = new App({ outdir, builtinCloudFormationValidation: false });
    stranger.build(new Stack(app, 'Stranger'));
    app.synth();
    return use(outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
