import type * as Generator from 'json-schema-to-typescript';

/** @throws Error when the package is missing, with how to get it */
export async function typeGenerator(): Promise<typeof Generator> {
  try {
    return await import('json-schema-to-typescript');
  } catch (error) {
    if (!['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new Error(
      'contracts types needs the package json-schema-to-typescript: npm install --save-dev json-schema-to-typescript@^16.0.0',
      { cause: error },
    );
  }
}
