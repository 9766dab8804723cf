import { readFileSync } from 'node:fs';
import { isRecord } from '../topology/record';
import { ConfigError, parseConfig, type ReviewConfig } from './config';
import { CATEGORIES } from './report';
import { RULES } from './rules';

/** Looked for in the current folder when no other is named. */
export const CONFIG_FILE = 'breakwater.json';

/**
 * Reads a configuration file.
 *
 * @throws ConfigError with file, line or field, allowed and given value
 */
export function readConfig(file: string): ReviewConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file}: ${isRecord(error) && error.code === 'ENOENT' ? 'no such file' : String(error)}`);
  }
  const config = parseConfig(file, text);
  checkRules(file, config);
  return config;
}

/** A rule that doesn't exist would be ignored without a word. */
export function checkRules(where: string, config: ReviewConfig): void {
  const named = [...(config.rules ?? []), ...(config.ignore ?? []).map((one) => one.rule), ...Object.keys(config.severity ?? {})];
  for (const rule of named) checkRule(where, rule);
}

export function checkRule(where: string, rule: string): void {
  if (RULES.some((one) => one.id === rule) || CATEGORIES.some((category) => category === rule)) return;
  throw new ConfigError(`${where}: no rule and no category is called ${JSON.stringify(rule)}; breakwater review --rules lists them`);
}
