export { type CommandOutput, reviewCommand } from './command';
export { ConfigError, parseConfig, type ReviewConfig } from './config';
export * from './report';
export { review, reviewStacks } from './review';
export type { Rule } from './rule';
export { RULES } from './rules';
export { CONFIG_SCHEMA, REPORT_SCHEMA } from './schemas';
