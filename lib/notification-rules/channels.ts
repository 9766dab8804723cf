import type { ChannelSettings, NotificationRules } from './rules';

const IN_APP: Required<ChannelSettings> = { caseSensitive: true, quiet: false, needsAddress: false };
const ELSEWHERE: Required<ChannelSettings> = { caseSensitive: true, quiet: true, needsAddress: true };

/** Channels that every rules file knows. */
export const KNOWN_CHANNELS: Readonly<Record<string, Required<ChannelSettings>>> = {
  email: { ...ELSEWHERE, caseSensitive: false },
  sms: ELSEWHERE,
  push: ELSEWHERE,
  chat: ELSEWHERE,
  webhook: ELSEWHERE,
  in_app: IN_APP,
  'in-app': IN_APP,
};

export function channelSettings(rules: Pick<NotificationRules, 'channels'>, channel: string): Required<ChannelSettings> {
  const known = Object.hasOwn(KNOWN_CHANNELS, channel) ? KNOWN_CHANNELS[channel]! : ELSEWHERE;
  const own = rules.channels !== undefined && Object.hasOwn(rules.channels, channel) ? rules.channels[channel] : undefined;
  return { ...known, ...own };
}
