import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { SETTINGS_MODULE } from '../../blocks/fanout-contract';
import { RUNTIME } from '../../blocks/handler';
import type { NotificationRules } from '../../notification-rules/rules';
import type { Templates } from '../../notification-templates/templates';

export interface FanoutSettings {
  readonly rules: NotificationRules;
  readonly templates: Templates;
  /** CommonJS module whose exports are validators by `name@version`. */
  readonly validators: string;
}

/**
 * Rules, templates and compiled contracts as a module that functions `require`: nothing is fetched and nothing compiled when they start. A change of them is a new version
 * of each function, and leaves its code as it is.
 */
export function settingsLayer(scope: Construct, id: string, settings: FanoutSettings): LayerVersion {
  const files = {
    'index.js': `'use strict';\nmodule.exports = ${JSON.stringify({ rules: settings.rules, templates: settings.templates })};\nmodule.exports.validators = require('./validators.js');\n`,
    'validators.js': settings.validators,
    'package.json': `${JSON.stringify({ name: SETTINGS_MODULE, version: '1.0.0', main: 'index.js' })}\n`,
  };
  const assetHash = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  return new LayerVersion(scope, id, {
    description: `Rules, templates and contracts of ${scope.node.path}`,
    compatibleRuntimes: [RUNTIME],
    code: Code.fromAsset(written(files, assetHash), { assetHash }),
  });
}

/** @returns a folder of this machine that holds the files as a layer has them; the same files make the same folder */
function written(files: Readonly<Record<string, string>>, hash: string): string {
  const folder = join(tmpdir(), 'cdk-breakwater-settings', hash);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const partial = mkdtempSync(`${folder}-`);
  const module = join(partial, 'nodejs', 'node_modules', SETTINGS_MODULE);
  mkdirSync(module, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(module, name), text);
  try {
    renameSync(partial, folder);
  } catch (fault) {
    // Another synth was quicker, with the same files.
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw fault;
  }
  return folder;
}
