import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Templates, templatesOf } from './templates';

/**
 * Reads a folder of templates: `<template>/<channel>.txt` and its neighbours. Names that begin with a full stop are left out.
 *
 * @throws TemplateFault for a file that is no part of a template; what the file system says when the folder can't be read
 */
export function readTemplateFolder(folder: string): Templates {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  return templatesOf(
    Object.fromEntries(files.map((file) => [path.relative(folder, file).split(path.sep).join('/'), readFileSync(file, 'utf8')])),
  );
}
