/** A profile, price list, report or load that can't be used. */
export class CostInputError extends Error {
  public override readonly name = 'CostInputError';
}

/** @throws CostInputError with the file and the parser's reason */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CostInputError(`${file}: not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws CostInputError with field, allowed and given value */
export function refuse(file: string, field: string, allowed: string, given: unknown): never {
  throw new CostInputError(`${file}: ${field}: ${allowed}; given ${JSON.stringify(given)}`);
}
