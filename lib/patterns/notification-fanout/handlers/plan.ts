import type { PlanMessage } from '../../../blocks/fanout-contract';
import type { NotificationRules } from '../../../notification-rules/rules';
import { PermanentError } from '../../../runtime/failures';
import { sha256 } from '../../../runtime/notifications/store/keys';
import type { WorkerOptions } from '../../../runtime/worker/options';
import { noteEngagement } from './engagement';
import { planPage } from './page';
import type { PlanDependencies } from './plan-dependencies';
import { runTimers } from './timers';

/**
 * Behind the planning queues: pages of an event's audience, timers that are due, what recipients did.
 *
 * @throws Error when a channel of the rules has no queue
 */
export function createPlan(dependencies: PlanDependencies): WorkerOptions<PlanMessage> {
  checkChannels(dependencies.settings.rules, dependencies.channels);
  return {
    idempotencyKey: (_, { body }) => sha256(Buffer.from(body).toString()),
    handle(message, { transaction }) {
      switch (message.kind) {
        case 'page':
          return planPage(message, dependencies);
        case 'timer':
          return runTimers(message, dependencies);
        case 'engagement':
          if (Number.isNaN(Date.parse(message.at))) throw new PermanentError(`/at: must be ISO 8601, given ${JSON.stringify(message.at)}`);
          return noteEngagement(message, transaction, dependencies);
        default:
          throw new PermanentError(
            `/kind: must be page, timer or engagement, given ${JSON.stringify((message as { kind?: unknown }).kind)}`,
          );
      }
    },
  };
}

function checkChannels({ rules }: NotificationRules, channels: PlanDependencies['channels']): void {
  const named = rules.flatMap((rule) => [...rule.channels, ...(rule.fallback === undefined ? [] : [rule.fallback.channel])]);
  const without = [...new Set(named)].filter((channel) => !Object.hasOwn(channels, channel));
  if (without.length > 0)
    throw new Error(
      `the rules send by ${without.join(', ')}, which the fan-out has no queue for; it has ${Object.keys(channels).join(', ')}. Give it the channel, or take it out of the rules.`,
    );
}
