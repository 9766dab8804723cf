export { Channel } from './channel';
export {
  type ChannelOptions,
  type ProviderChannelOptions,
  type SesChannelOptions,
  type SmsChannelOptions,
  UnknownOutcome,
  type WebhookChannelOptions,
} from './channel-options';
export type { ChannelWorkers } from './channel-workers';
export type { FanoutObjective } from './fanout-objective';
export { NotificationFanout } from './notification-fanout';
export type { NotificationFanoutProps } from './notification-fanout-props';
export { NotificationRules } from './notification-rules';
export { NotificationTemplates } from './notification-templates';
export { PushPlatform } from './push-platform';
