import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TemplateError } from '../topology/template-error';
import { ConfigError, type ReviewConfig } from './config';
import { CONFIG_FILE, checkRule, readConfig } from './config-file';
import { isParseFault } from './parse-fault';
import { FORMATS, presenterOf } from './presenters';
import type { Ignore } from './report';
import { review } from './review';
import { RULES } from './rules';
import { CONFIG_SCHEMA, REPORT_SCHEMA } from './schemas';

/** Where a command writes. */
export interface CommandOutput {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

const USAGE = `usage: breakwater review PATH... [options]

Reads CloudFormation templates as a flow of events, and says where they lose, repeat, storm or block. Nothing is deployed, nothing is fetched.

PATH is a folder that cdk synth has written (cdk.out), or a template in JSON or YAML. Several are read together, exports and imports between them included.

  --format FORMAT          ${FORMATS.join(', ')} (default: text)
  --rule RULE              only this rule or category; may be repeated
  --ignore RULE@RESOURCE   set a finding aside, followed by --because REASON; may be repeated
  --config FILE            default: ${CONFIG_FILE} in the current folder, if there is one
  --schema report|config   print the JSON schema of the report or of ${CONFIG_FILE}
  --rules                  list the rules

exit code: 0 no errors; 1 errors were found; 2 a template, the configuration or the command line could not be read
`;

/** Runs `breakwater review`. @returns the exit code: 0 no errors, 1 findings of severity error, 2 could not be read */
export async function reviewCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  try {
    return run(args, output);
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof ConfigError || error instanceof UsageFault || isParseFault(error)))
      throw error;
    output.error(`breakwater review: ${(error as Error).message}\n`);
    return 2;
  }
}

class UsageFault extends Error {}

function run(args: readonly string[], output: CommandOutput): number {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: {
      format: { type: 'string', default: 'text' },
      rule: { type: 'string', multiple: true },
      ignore: { type: 'string', multiple: true },
      because: { type: 'string', multiple: true },
      config: { type: 'string' },
      schema: { type: 'string' },
      rules: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
    tokens: true,
  });
  if (values.help) return print(output, USAGE);
  if (values.rules) return print(output, RULES.map((rule) => `${rule.id}  ${rule.reason}\n`).join(''));
  if (values.schema !== undefined) return print(output, `${JSON.stringify(schemaOf(values.schema), undefined, 2)}\n`);
  const present = presenterOf(values.format);
  if (!present) throw new UsageFault(`--format: one of ${FORMATS.join(', ')}, given ${JSON.stringify(values.format)}`);
  if (positionals.length === 0) throw new UsageFault('give a folder that cdk synth has written, or template files');
  const config = configOf(values.config);
  const rules = values.rule ?? config.rules ?? [];
  for (const rule of rules) checkRule('--rule', rule);
  const result = review(positionals, { ...config, rules, ignore: [...(config.ignore ?? []), ...ignoresOf(tokens)] });
  output.out(present(result));
  return result.report.findings.some((finding) => finding.severity === 'error') ? 1 : 0;
}

function print(output: CommandOutput, text: string): number {
  output.out(text);
  return 0;
}

function configOf(file: string | undefined): ReviewConfig {
  if (file !== undefined) return readConfig(file);
  return existsSync(CONFIG_FILE) ? readConfig(CONFIG_FILE) : {};
}

function ignoresOf(
  tokens: ReadonlyArray<{ readonly kind: string; readonly name?: string; readonly value?: string | undefined }>,
): Ignore[] {
  const ignores: Ignore[] = [];
  let open: { readonly rule: string; readonly resource: string } | undefined;
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (token.name === 'ignore') {
      if (open) throw new UsageFault(`--ignore ${open.rule}@${open.resource}: give the reason right after it, --because REASON`);
      const [rule, ...resource] = (token.value ?? '').split('@');
      if (!rule || resource.join('@') === '') throw new UsageFault(`--ignore: RULE@RESOURCE, given ${JSON.stringify(token.value)}`);
      checkRule('--ignore', rule);
      open = { rule, resource: resource.join('@') };
    }
    if (token.name === 'because') {
      if (!open) throw new UsageFault('--because belongs right after --ignore RULE@RESOURCE');
      if ((token.value ?? '').trim() === '') throw new UsageFault(`--ignore ${open.rule}@${open.resource}: the reason is empty`);
      ignores.push({ ...open, because: token.value! });
      open = undefined;
    }
  }
  if (open) throw new UsageFault(`--ignore ${open.rule}@${open.resource}: give the reason right after it, --because REASON`);
  return ignores;
}

function schemaOf(name: string): object {
  if (name === 'report') return REPORT_SCHEMA;
  if (name === 'config') return CONFIG_SCHEMA;
  throw new UsageFault(`--schema: report or config, given ${JSON.stringify(name)}`);
}
