import { isRecord } from '../topology/record';

/** Whether `parseArgs` of node:util refused the command line. */
export function isParseFault(error: unknown): error is Error {
  return isRecord(error) && String(error.code).startsWith('ERR_PARSE_ARGS');
}
