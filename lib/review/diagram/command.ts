import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readTopology } from '../../topology';
import { TemplateError } from '../../topology/template-error';
import type { CommandOutput } from '../command';
import { type Flow, flowOf } from './flow';
import { mermaidOf } from './mermaid';
import { svgOf } from './svg';

const FORMATS: Readonly<Record<string, (flow: Flow) => string>> = { mermaid: mermaidOf, svg: (flow) => svgOf(flow) };

const USAGE = `usage: breakwater diagram PATH... [options]

Draws how events flow through CloudFormation templates: sources, queues, functions, stores, parking lots, and where events are lost.

PATH is a folder that cdk synth has written (cdk.out), or a template in JSON or YAML. Several are read together.

  --format FORMAT   mermaid (text, for Markdown) or svg (one file that needs nothing else) (default: mermaid)
  --output FILE     write there instead of to standard output

exit code: 0 drawn; 2 a template or the command line could not be read
`;

/** Runs `breakwater diagram`. @returns the exit code: 0 drawn, 2 could not be read */
export async function diagramCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      format: { type: 'string', default: 'mermaid' },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help) {
    output.out(USAGE);
    return 0;
  }
  const draw = Object.hasOwn(FORMATS, values.format) ? FORMATS[values.format] : undefined;
  if (!draw) return refused(output, `--format: one of ${Object.keys(FORMATS).join(', ')}, given ${JSON.stringify(values.format)}`);
  if (positionals.length === 0) return refused(output, 'give a folder that cdk synth has written, or template files');
  try {
    const drawn = draw(flowOf(readTopology(positionals).graph));
    if (values.output === undefined) output.out(drawn);
    else writeFileSync(values.output, drawn);
    return 0;
  } catch (error) {
    if (error instanceof TemplateError) return refused(output, error.message);
    throw error;
  }
}

function refused(output: CommandOutput, reason: string): number {
  output.error(`breakwater diagram: ${reason}\n`);
  return 2;
}
