/** A platform application of SNS, made beforehand: CloudFormation has none. */
export class PushPlatform {
  /**
   * Firebase Cloud Messaging, with FCM v1 credentials.
   *
   * @param applicationArn ARN of the platform application
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-fcm-authentication-methods.html
   */
  public static fcm(applicationArn: string): PushPlatform {
    return new PushPlatform(applicationArn, 'fcm');
  }

  /**
   * Apple Push Notification service, production or sandbox.
   *
   * @param applicationArn ARN of the platform application
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-apple-authentication-methods.html
   */
  public static apns(applicationArn: string): PushPlatform {
    return new PushPlatform(applicationArn, 'apns');
  }

  /** ARN of the platform application. */
  public readonly applicationArn: string;
  /** @internal */
  public readonly _platform: 'fcm' | 'apns';

  private constructor(applicationArn: string, platform: 'fcm' | 'apns') {
    this.applicationArn = applicationArn;
    this._platform = platform;
  }
}
