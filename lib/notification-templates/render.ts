import type MustachePackage from 'mustache';
import { type Part, TemplateFault, type TemplateParts } from './templates';

/** What a template is rendered from. */
export type View = Readonly<Record<string, unknown>>;

type Mustache = typeof MustachePackage;
type Context = MustachePackage.Context;
type Writer = MustachePackage.Writer;

/**
 * Renders each part. Values are escaped in `html` and stand as they are elsewhere; in `subject` and `title` line ends become spaces.
 *
 * @throws TemplateFault for a variable without a value. It names the variable, never a value
 */
export async function renderParts(parts: TemplateParts, view: View): Promise<{ [part in Part]?: string }> {
  const strict = await strictWriter();
  return Object.fromEntries(
    (Object.entries(parts) as [Part, string][]).map(([part, template]) => {
      const text = strict.render(template, view, undefined, part === 'html' ? undefined : { escape: String });
      // A line end in a header would begin the next one.
      return [part, part === 'subject' || part === 'title' ? text.replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' ').trim() : text];
    }),
  );
}

let writer: Promise<Writer> | undefined;

/** Loaded with the first message: a worker that renders nothing must not carry the package. */
function strictWriter(): Promise<Writer> {
  writer ??= import('mustache').then(({ default: mustache }) => strictWriterOf(mustache));
  return writer;
}

/** Refuses what is not there: a message with a hole in it is worse than none. A section may ask whether something is there. */
function strictWriterOf(mustache: Mustache): Writer {
  class StrictWriter extends mustache.Writer {
    override escapedValue(token: string[], context: Context, config?: MustachePackage.RenderOptions): string {
      requireValue(token, context);
      return super.escapedValue(token, context, config);
    }

    override unescapedValue(token: string[], context: Context): string {
      requireValue(token, context);
      return super.unescapedValue(token, context);
    }
  }
  return new StrictWriter();
}

function requireValue([, name]: string[], context: Context): void {
  const value = context.lookup(name!);
  if (value === undefined || value === null) throw new TemplateFault(`{{${name}}} has no value`);
  if (typeof value === 'object')
    throw new TemplateFault(`{{${name}}} is ${Array.isArray(value) ? 'a list' : 'an object'}: name a field of it`);
}
