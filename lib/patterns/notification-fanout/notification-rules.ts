import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Construct } from 'constructs';
import { refuse } from '../../blocks/rule';
import { InputFault } from '../../notification-rules/input-fault';
import type { NotificationRules as Rules } from '../../notification-rules/rules';
import { parseRules } from '../../notification-rules/rules-file';

/** Which event tells whom of it, on which channels, and when. */
export class NotificationRules {
  /**
   * A rules file; its JSON Schema is `cdk-breakwater/schemas/notification-rules.json`. It is checked at synth and published with the stack: what is planned from then on
   * follows it.
   *
   * @param path path of the file, relative to the working directory
   */
  public static fromFile(path: string): NotificationRules {
    return new NotificationRules(path);
  }

  /** @internal */
  public readonly _path: string;

  private constructor(path: string) {
    this._path = path;
  }

  /**
   * @throws RuleViolation that names file and field
   * @internal
   */
  public _read(scope: Construct): Rules {
    try {
      return parseRules(this._path, readFileSync(resolve(this._path), 'utf8'));
    } catch (error) {
      if (!(error instanceof InputFault) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      return refuse(scope, {
        rule: 'the rules of notifications are a file that follows their schema',
        allowed: 'schemas/notification-rules.json of cdk-breakwater',
        given: (error as Error).message,
        remedy: 'Change the file; npx breakwater notifications preview tries it on local files.',
      });
    }
  }
}
