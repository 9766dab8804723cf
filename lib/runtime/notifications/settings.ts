import { createRequire } from 'node:module';
import { type FanoutSettingsModule, SETTINGS_MODULE } from '../../blocks/fanout-contract';
import type { Validator } from '../../json-schema/validator';
import { type EventContracts, eventContracts } from '../../notification-rules/event-fault';
import type { NotificationRules } from '../../notification-rules/rules';

/** What a fan-out goes by: its rules, and validators of the events that they are about. */
export interface FanoutSettings<Templates = unknown> {
  readonly rules: NotificationRules;
  readonly templates: Templates;
  readonly contracts: EventContracts;
}

/**
 * Reads the settings from their layer.
 *
 * @param load finds the module as Node.js does, by `NODE_PATH`
 * @throws Error when the layer is missing, or was made by another version of this package
 */
export function loadFanoutSettings<Templates = unknown>(
  load: (module: string) => unknown = createRequire(`${process.cwd()}/`),
): FanoutSettings<Templates> {
  const { rules, templates, validators } = moduleOf<Templates>(load);
  return { rules, templates, contracts: eventContracts(byNameAndVersion(validators)) };
}

function moduleOf<Templates>(load: (module: string) => unknown): FanoutSettingsModule<NotificationRules, Templates, Validator> {
  const advice =
    'The NotificationFanout construct adds the layer to each of its functions; a function that was made without it needs it too.';
  let loaded: unknown;
  try {
    loaded = load(SETTINGS_MODULE);
  } catch (error) {
    throw new Error(`the settings of the notification fan-out can't be loaded (${SETTINGS_MODULE}): ${String(error)}. ${advice}`, {
      cause: error,
    });
  }
  const settings = loaded as Partial<FanoutSettingsModule<NotificationRules, Templates, Validator>> | undefined;
  for (const part of ['rules', 'templates', 'validators'] as const)
    if (typeof settings?.[part] !== 'object') throw new Error(`${SETTINGS_MODULE} exports no ${part}: deploy the stack again. ${advice}`);
  return settings as FanoutSettingsModule<NotificationRules, Templates, Validator>;
}

/** @param validators by `name@version`; a version has no `@` */
function byNameAndVersion(validators: Readonly<Record<string, Validator>>): ReadonlyMap<string, ReadonlyMap<string, Validator>> {
  const byName = new Map<string, Map<string, Validator>>();
  for (const [id, validator] of Object.entries(validators)) {
    const at = id.lastIndexOf('@');
    const versions = byName.get(id.slice(0, at)) ?? new Map<string, Validator>();
    byName.set(id.slice(0, at), versions.set(id.slice(at + 1), validator));
  }
  return byName;
}
