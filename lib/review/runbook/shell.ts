import { showable } from '../../markup/showable';

/** A text as one word of a POSIX shell, whatever it holds. */
export function word(text: string): string {
  const one = showable(text);
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(one) ? one : `'${one.replaceAll("'", "'\\''")}'`;
}

/** Sets a variable to what a command prints. */
export function set(variable: string, command: string): string {
  return `${variable}=$(${command})`;
}

/** A block of commands, each on a line of its own. */
export function block(commands: readonly string[]): string {
  return ['```sh', ...commands, '```'].join('\n');
}

/** Logs Insights over the last hours: starts the query, waits for it, prints what it found. */
export function logsQuery(logGroup: string, query: string, hours = 3): string[] {
  return [
    `QUERY=$(aws logs start-query --log-group-name "${logGroup}" --start-time $(($(date +%s) - ${hours * 3600})) --end-time "$(date +%s)" --query-string ${word(query)} --query queryId --output text)`,
    'sleep 5; aws logs get-query-results --query-id "$QUERY"',
  ];
}
