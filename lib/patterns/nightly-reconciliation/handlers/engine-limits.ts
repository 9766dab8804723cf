import { positiveInteger } from '../../../runtime/environment';
import type { DatabaseOptions } from '../../../runtime/reconciliation/database';

const BYTES_A_MEGABYTE = 1024 * 1024;
/** For Node, what it holds of files on their way, and the code of the engine itself. */
const LEAST_FOR_NODE = 384 * BYTES_A_MEGABYTE;
/** The engine needs as much, even where Node then has less. */
const LEAST_FOR_ENGINE = 128 * BYTES_A_MEGABYTE;
/** So much memory comes with one processor. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MEGABYTES_A_PROCESSOR = 1769;

/** How the environment says what memory the function has; Lambda sets it. */
export const FUNCTION_MEMORY = ['AWS_LAMBDA_FUNCTION_MEMORY_SIZE', positiveInteger, 'a whole number of megabytes'] as const;

/** What DuckDB may use of a function with so many megabytes (`AWS_LAMBDA_FUNCTION_MEMORY_SIZE`): three quarters, and always what Node needs left over. */
export function engineLimits(functionMegabytes: number): Pick<DatabaseOptions, 'memoryBytes' | 'threads'> {
  const bytes = functionMegabytes * BYTES_A_MEGABYTE;
  return {
    memoryBytes: Math.max(LEAST_FOR_ENGINE, Math.min(Math.floor(bytes * 0.75), bytes - LEAST_FOR_NODE)),
    threads: Math.max(1, Math.ceil(functionMegabytes / MEGABYTES_A_PROCESSOR)),
  };
}
