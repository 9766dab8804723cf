import { channelDependencies, createChannel } from '../../../runtime/channels/channel';
import { providersOf } from '../../../runtime/channels/providers';

const dependencies = channelDependencies();
const { settings, secrets, worker } = dependencies;

export const handler = createChannel({
  ...dependencies,
  senders: () => providersOf(settings.settings.providers, { trace: worker.telemetry.trace, secrets, clock: worker.clock }),
});
