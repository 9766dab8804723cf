import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** Options of {@link Alarms.toTopic}. */
export interface AlarmsToTopicOptions {
  /**
   * Address of the runbook, to which `#<key of the alarm>` is added.
   *
   * @default 'docs/runbook.md'
   */
  readonly runbookUrl?: string;
}

/**
 * Where the alarms of a construct go. Left out, the alarms exist but tell nobody, and synth warns of it.
 */
export class Alarms {
  /**
   * Every alarm, and its end, is published to the topic.
   *
   * CloudWatch is allowed to publish where the topic or its key would refuse it without a word: in the policy of the topic if it has one of its own, and in
   * the policy of its key if that belongs to this app. Otherwise synth warns.
   */
  public static toTopic(topic: ITopic, options: AlarmsToTopicOptions = {}): Alarms {
    return new Alarms(true, topic, options.runbookUrl);
  }

  /** No alarms are made. For those who watch the metrics by other means. */
  public static none(): Alarms {
    return new Alarms(false);
  }

  /**
   * @param warned whether somebody else warns of it
   * @internal
   */
  public static _withoutAction(warned = false): Alarms {
    return new Alarms(true, undefined, undefined, warned);
  }

  /** @internal */
  public readonly _enabled: boolean;
  /** @internal */
  public readonly _topic?: ITopic;
  /** @internal */
  public readonly _runbookUrl: string;
  /** @internal */
  public readonly _warned: boolean;

  private constructor(enabled: boolean, topic?: ITopic, runbookUrl = 'docs/runbook.md', warned = false) {
    this._warned = warned;
    this._enabled = enabled;
    this._topic = topic;
    this._runbookUrl = runbookUrl;
  }
}
