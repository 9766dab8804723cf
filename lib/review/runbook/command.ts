import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TemplateError } from '../../topology/template-error';
import type { CommandOutput } from '../command';
import { ConfigError } from '../config';
import { CONFIG_FILE, readConfig } from '../config-file';
import { runbook } from './runbook';

const USAGE = `usage: breakwater runbook PATH... [options]

Writes a runbook in Markdown: a section for each alarm and each parking lot of CloudFormation templates, with commands and queries that name the deployed
resources, how to decide, how to put events back, and whether that is safe.

PATH is a folder that cdk synth has written (cdk.out), or a template in JSON or YAML. Several are read together.

  --output FILE   write there instead of to standard output
  --config FILE   what no template tells, such as which handlers are idempotent (default: ${CONFIG_FILE} in the current folder, if there is one)

exit code: 0 written; 2 a template, the configuration or the command line could not be read
`;

/** Runs `breakwater runbook`. @returns the exit code: 0 written, 2 could not be read */
export async function runbookCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { output: { type: 'string' }, config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  if (values.help) {
    output.out(USAGE);
    return 0;
  }
  if (positionals.length === 0) return refused(output, 'give a folder that cdk synth has written, or template files');
  try {
    const file = values.config ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined);
    const text = runbook(positionals, file === undefined ? {} : readConfig(file));
    if (values.output === undefined) output.out(text);
    else writeFileSync(values.output, text);
    return 0;
  } catch (error) {
    if (error instanceof TemplateError || error instanceof ConfigError) return refused(output, error.message);
    throw error;
  }
}

function refused(output: CommandOutput, reason: string): number {
  output.error(`breakwater runbook: ${reason}\n`);
  return 2;
}
