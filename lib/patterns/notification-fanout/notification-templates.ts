import { dirname, join, resolve } from 'node:path';
import type { Construct } from 'constructs';
import { refuse } from '../../blocks/rule';
import type { NotificationRules as Rules } from '../../notification-rules/rules';
import { readTemplateFolder } from '../../notification-templates/template-folder';
import { checkTemplates, type TemplateChannel } from '../../notification-templates/template-rules';
import { TemplateFault, type Templates } from '../../notification-templates/templates';
import type { NotificationRules } from './notification-rules';

/** What messages say: Mustache, a folder for each template, a file for each part on each channel. */
export class NotificationTemplates {
  /**
   * Files `<template>/<channel>.txt`, `.html`, `.subject.txt` and `.title.txt`. They are checked at synth: each rule has one for each of its channels, and each variable a
   * value.
   *
   * @param path path of the folder, relative to the working directory
   */
  public static fromFolder(path: string): NotificationTemplates {
    return new NotificationTemplates(path);
  }

  /**
   * The folder `templates` beside the rules.
   *
   * @internal
   */
  public static _beside({ _path: path }: NotificationRules): NotificationTemplates {
    return new NotificationTemplates(join(dirname(path), 'templates'));
  }

  private readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * @param channels by name, as far as templates go
   * @throws RuleViolation that names each file, variable and rule
   * @internal
   */
  public _read(scope: Construct, rules: Rules, channels: Readonly<Record<string, TemplateChannel>>): Templates {
    try {
      const templates = readTemplateFolder(resolve(this.path));
      checkTemplates(rules, templates, channels);
      return templates;
    } catch (error) {
      if (!(error instanceof TemplateFault) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      return refuse(scope, {
        rule: 'each rule has a template for each of its channels, whose variables have values',
        allowed: `files <template>/<channel>.txt, .html, .subject.txt and .title.txt in ${this.path}`,
        given: (error as Error).message,
        remedy: 'Change the templates, or template.variables of the rules.',
      });
    }
  }
}
