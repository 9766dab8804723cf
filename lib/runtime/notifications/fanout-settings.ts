import { createRequire } from 'node:module';
import path from 'node:path';
import { type FanoutSettingsModule, SETTINGS_MODULE } from '../../blocks/fanout-contract';
import type { NotificationRules } from '../../notification-rules/rules';
import type { Templates } from '../../notification-templates/templates';

/**
 * What the settings layer of the function holds. Layers are found by NODE_PATH, which only `require` knows, and no bundler may look for the module.
 *
 * @throws Error when the function has no such layer
 */
export function readFanoutSettings<Validate = unknown>(): FanoutSettingsModule<NotificationRules, Templates, Validate> {
  try {
    return createRequire(path.join(process.cwd(), 'index.js'))(SETTINGS_MODULE);
  } catch (error) {
    throw new Error(`the function has no module ${SETTINGS_MODULE}: NotificationFanout puts it into a layer of its functions`, {
      cause: error,
    });
  }
}
