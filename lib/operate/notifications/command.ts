import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readContracts } from '../../notification-rules/contracts';
import { InputFault } from '../../notification-rules/input-fault';
import { parseEngagements, parseEvents, parseRecipients } from '../../notification-rules/records-file';
import { parseRules } from '../../notification-rules/rules-file';
import { SHIPPED_SCHEMAS } from '../../notification-rules/shipped-schemas';
import { UsageError, unknownCommand } from '../usage-error';
import { deployedNotifications, FANOUT_COMMANDS } from './deployed-command';
import { type Preview, preview } from './preview';
import { describe } from './text-report';

const USAGE = `usage: breakwater notifications preview --rules FILE --recipients FILE --events FILE [options]

Tells what a rules file would do with events, by the events' own clock: who gets what on which channel and when, and who does not and why. Nothing is sent,
and nothing leaves this machine.

  --rules FILE         events, rules, quiet hours, caps, digests, fallbacks; see docs/notifications.md
  --recipients FILE    addresses, time zones, preferences, suppressed addresses; JSON Lines or a JSON array
  --events FILE        id, name, version, receivedAt, payload; JSON Lines or a JSON array
  --engagements FILE   what recipients did with messages: recipient, event, channel, at, kind
  --json               every decision and every digest as one JSON document
  --schema NAME        print a JSON schema: rules, recipient, event or engagement

Of what is deployed (\`breakwater notifications COMMAND --help\` tells more about one):

${Object.entries(FANOUT_COMMANDS.commands)
  .map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`)
  .join('\n')}

exit code: 0 every event was planned; 1 events were rejected; 2 a file can't be used`;

/** Runs `breakwater notifications`. @returns the exit code */
export async function notificationsCommand(args: readonly string[]): Promise<number> {
  if (Object.hasOwn(FANOUT_COMMANDS.commands, args[0] ?? '')) return deployedNotifications(args);
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      rules: { type: 'string' },
      recipients: { type: 'string' },
      events: { type: 'string' },
      engagements: { type: 'string' },
      json: { type: 'boolean', default: false },
      schema: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help) return print(USAGE);
  if (values.schema !== undefined) return print(JSON.stringify(schemaNamed(values.schema), undefined, 2));
  const [name, ...more] = positionals;
  if (name !== 'preview') throw unknownCommand('notifications', name ?? '', ['preview', ...Object.keys(FANOUT_COMMANDS.commands)]);
  if (more.length > 0) throw new UsageError(`notifications preview: takes options only, given ${more.join(' ')}`);
  const required = (option: 'rules' | 'recipients' | 'events'): string => {
    const value = values[option];
    if (value === undefined) throw new UsageError(`notifications preview: --${option} is missing`);
    return value;
  };
  const files = {
    rules: required('rules'),
    recipients: required('recipients'),
    events: required('events'),
    engagements: values.engagements,
  };
  try {
    const found = previewOf(files);
    print(values.json ? JSON.stringify(found) : describe(found));
    return found.decisions.some(({ outcome }) => outcome === 'rejected') ? 1 : 0;
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    process.stderr.write(`notifications: ${error.message}\n`);
    return 2;
  }
}

interface Files {
  readonly rules: string;
  readonly recipients: string;
  readonly events: string;
  readonly engagements: string | undefined;
}

function previewOf(files: Files): Preview {
  const rules = parseRules(files.rules, read('rules', files.rules));
  const contracts = readContracts(files.rules, rules, (beside) => readFileSync(path.resolve(path.dirname(files.rules), beside), 'utf8'));
  const recipients = parseRecipients(files.recipients, read('recipients', files.recipients));
  const events = parseEvents(files.events, read('events', files.events));
  const engagements = files.engagements === undefined ? [] : parseEngagements(files.engagements, read('engagements', files.engagements));
  return preview({ rules, contracts, recipients, events, engagements });
}

function schemaNamed(name: string): object {
  const known: Readonly<Record<string, object>> = Object.fromEntries(
    Object.entries(SHIPPED_SCHEMAS).map(([file, schema]) => [file.replace('notification-', ''), schema]),
  );
  if (Object.hasOwn(known, name)) return known[name]!;
  throw new UsageError(`--schema: must be one of ${Object.keys(known).join(', ')}; given ${name}`);
}

function read(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputFault(`--${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
