import { type Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** One contradiction between what was given and what holds in production. */
export interface Rule {
  /** What must hold, as a sentence without a full stop. */
  readonly rule: string;
  readonly allowed: string;
  readonly given: string;
  /** What the reader does next. */
  readonly remedy: string;
}

/** Thrown at synth when props contradict each other or a limit of AWS. */
export class RuleViolation extends Error {
  constructor(scope: IConstruct, rule: Rule) {
    super(`[${scope.node.path}] ${rule.rule}: allowed ${rule.allowed}, given ${rule.given}. ${rule.remedy}`);
    this.name = 'RuleViolation';
  }
}

export function refuse(scope: IConstruct, rule: Rule): never {
  throw new RuleViolation(scope, rule);
}

/** Refuses a number out of range or with a fraction. Values which are only known at deployment pass. */
export function requireWithin(
  scope: IConstruct,
  rule: string,
  value: number | undefined,
  range: [least: number, most: number],
  remedy: string,
) {
  if (value === undefined || Token.isUnresolved(value)) return;
  const [least, most] = range;
  if (!Number.isInteger(value) || value < least || value > most) {
    refuse(scope, { rule, allowed: `${least} to ${most}`, given: String(value), remedy });
  }
}

/** Seconds of a duration, or undefined when it is only known at deployment. */
export function knownSeconds(duration: Duration): number | undefined {
  return duration.isUnresolved() ? undefined : duration.toSeconds({ integral: false });
}

/** As {@link knownSeconds}, for what other settings are computed from. */
export function requireKnownSeconds(scope: IConstruct, name: string, duration: Duration): number {
  const seconds = knownSeconds(duration);
  if (seconds !== undefined) return seconds;
  return refuse(scope, {
    rule: `${name} must be known at synth, because other settings are computed from it`,
    allowed: 'a duration in numbers',
    given: 'a token',
    remedy: 'Write the duration as a literal.',
  });
}
