import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..');

function files(folder: string, ending: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true })
    .map((file) => path.join(folder, String(file)))
    .filter((file) => file.endsWith(ending) && !file.includes('node_modules'));
}

const documents = ['README.md', ...files('lib', '.md'), ...files('docs', '.md'), ...files('examples', '.md')].filter((file) =>
  existsSync(path.join(root, file)),
);
const lines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n');

describe('documents', () => {
  const compiled = [...files('examples', '.ts'), ...files('docs/snippets', '.ts')].map((file) =>
    lines(readFileSync(path.join(root, file), 'utf8')),
  );

  test.each(documents)('every TypeScript snippet of %s stands in a compiled file', (document) => {
    const text = readFileSync(path.join(root, document), 'utf8');
    const snippets = [...text.matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```/gm)].map((match) => lines(match[1]!));
    expect(snippets.filter((snippet) => !compiled.some((source) => source.includes(snippet)))).toEqual([]);
  });

  test.each(documents)('every relative link of %s leads somewhere', (document) => {
    const text = readFileSync(path.join(root, document), 'utf8').replace(/```[\s\S]*?```/g, '');
    const anchors = (file: string): string[] =>
      [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) =>
        match[1]!
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replace(/ /g, '-'),
      );
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file, anchor] = target.split('#') as [string, string?];
        const resolved = file === '' ? path.join(root, document) : path.resolve(root, path.dirname(document), file);
        return !existsSync(resolved) || (anchor !== undefined && !anchors(resolved).includes(anchor));
      });
    expect(broken).toEqual([]);
  });
});
