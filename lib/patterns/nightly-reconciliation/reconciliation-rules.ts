import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { refuse } from '../../blocks/rule';
import { InputFault } from '../../reconciliation-rules/input-fault';
import { parseRules } from '../../reconciliation-rules/rules-file';

/** What is compared with what, and how exactly. */
export class ReconciliationRules {
  /**
   * A rules file; its JSON Schema is `cdk-breakwater/schemas/reconciliation-rules.json`. It is checked at synth and published with the stack. A run keeps the rules it
   * was begun with.
   *
   * @param path path of the file, relative to the working directory
   */
  public static fromFile(path: string): ReconciliationRules {
    return new ReconciliationRules(path);
  }

  private readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * @returns name of the reconciliation
   * @throws RuleViolation that names file and field
   * @internal
   */
  public _check(scope: Construct): string {
    try {
      return parseRules(this.path, readFileSync(resolve(this.path), 'utf8')).name;
    } catch (error) {
      if (!(error instanceof InputFault) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      return refuse(scope, {
        rule: 'the rules of a reconciliation are a file that follows their schema',
        allowed: 'schemas/reconciliation-rules.json of cdk-breakwater',
        given: (error as Error).message,
        remedy: 'Change the file; npx breakwater reconcile tries it on two local files.',
      });
    }
  }

  /** @internal */
  public _publish(scope: Construct, id: string): Asset {
    return new Asset(scope, id, { path: resolve(this.path) });
  }
}
