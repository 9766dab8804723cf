/** Notification templates: a folder for each, a file for each part on each channel. Synth checks them, channels render them. */

/** Parts of a channel's message by the end of their file's name. */
export const PART_FILES = {
  subject: 'subject.txt',
  title: 'title.txt',
  text: 'txt',
  html: 'html',
} as const;

export type Part = keyof typeof PART_FILES;

/** Mustache, by part. */
export type TemplateParts = { readonly [part in Part]?: string };

/** By id of the template, then by channel. */
export type Templates = Readonly<Record<string, Readonly<Record<string, TemplateParts>>>>;

/** Templates that no message can be made from; the message names file, variable and rule, and what is allowed. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
}

/** @returns `<channel>.subject.txt` and so on */
export function fileOf(channel: string, part: Part): string {
  return `${channel}.${PART_FILES[part]}`;
}

/**
 * @param files text by path from the templates' folder, `/` between: `<template>/<channel>.txt`
 * @throws TemplateFault for a file that is no part of a template
 */
export function templatesOf(files: Readonly<Record<string, string>>): Templates {
  const found: Record<string, Record<string, Record<string, string>>> = {};
  for (const [file, text] of Object.entries(files)) {
    const [, template, name] = /^([^/]+)\/([^/]+)$/.exec(file) ?? [];
    const [channel, part] = name === undefined ? [] : partOf(name);
    if (template === undefined || channel === undefined || part === undefined) {
      throw new TemplateFault(
        `template file ${file}: allowed are <template>/<channel>.txt, .html, .subject.txt and .title.txt; rename it, or put it elsewhere`,
      );
    }
    found[template] ??= {};
    found[template][channel] ??= {};
    // An editor ends a file with a line end, which no subject or text message wants.
    found[template][channel][part] = text.replace(/\r?\n$/, '');
  }
  return found;
}

function partOf(name: string): [string, Part] | [] {
  // The longer ends first: `email.subject.txt` ends with `.txt` too.
  for (const part of ['subject', 'title', 'text', 'html'] as const) {
    const end = `.${PART_FILES[part]}`;
    if (name.endsWith(end) && name.length > end.length) return [name.slice(0, -end.length), part];
  }
  return [];
}
