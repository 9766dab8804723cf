import type * as ToolkitLibrary from '@aws-cdk/toolkit-lib';
import type { Progress } from './contract';

export type Toolkit = ToolkitLibrary.Toolkit;

/** @throws when the package, an optional peer of ours, is not installed. */
export async function loadToolkit(): Promise<typeof ToolkitLibrary> {
  try {
    return await import('@aws-cdk/toolkit-lib');
  } catch (error) {
    if (!['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new Error(
      'deploying to the local engine needs the package @aws-cdk/toolkit-lib: npm install --save-dev @aws-cdk/toolkit-lib@^1.40.0',
      { cause: error },
    );
  }
}

/** What the toolkit said last: shown when it fails, because its error alone often leaves out the reason. */
export interface ToolkitMessages {
  readonly host: ToolkitLibrary.IIoHost;
  lastLines(): string;
}

const KEPT_LINES = 40;
/** Lines that the app itself printed while it was synthesised. */
const APP_OUTPUT: readonly (string | undefined)[] = ['CDK_ASSEMBLY_I1001', 'CDK_ASSEMBLY_E1002'];

export function toolkitMessages(progress: Progress): ToolkitMessages {
  const kept: string[] = [];
  const keep = (text: string): void => {
    kept.push(...text.trimEnd().split('\n'));
    kept.splice(0, Math.max(0, kept.length - KEPT_LINES));
  };
  return {
    lastLines: () => kept.join('\n'),
    host: {
      async notify(message): Promise<void> {
        if (message.level === 'error' || APP_OUTPUT.includes(message.code)) {
          keep(message.message);
        } else if (message.code === 'CDK_ASSEMBLY_W9999') {
          progress(message.message.trim());
        }
      },
      requestResponse: async (request) => request.defaultResponse,
    },
  };
}
