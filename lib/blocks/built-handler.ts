import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PACKAGE_NAME = 'cdk-breakwater';

/** Modules which the runtime loads on first use; they lie beside a bundle, so that its cold start does not parse them. */
export const LAZY_MODULES = `${PACKAGE_NAME}/lazy/*`;

/** Folder of the lazy modules on this machine. */
export function lazyModulesFolder(): string {
  return join(packageRoot(__dirname), 'dist', 'lazy');
}

/** Shell command that copies the lazy modules from a folder to where a bundle looks for them. One that also runs in Windows' shell. */
export function copyLazyModules(from: string, outputFolder: string, joined = join): string {
  const to = joined(outputFolder, 'node_modules', PACKAGE_NAME, 'lazy');
  return `node -e "require('node:fs').cpSync(process.argv[1], process.argv[2], { recursive: true })" ${JSON.stringify(from)} ${JSON.stringify(to)}`;
}

/** Folder of a handler that was bundled when this package was built, so that no bundler runs at synth. */
export function builtHandlerFolder(name: string): string {
  const root = packageRoot(__dirname);
  const folder = join(root, 'dist', 'handlers', name);
  if (!existsSync(join(folder, 'index.js'))) {
    throw new Error(
      `the handler '${name}' is missing from ${folder}: it is bundled when ${PACKAGE_NAME} is built. Run 'npm run build' in a clone, or reinstall the package.`,
    );
  }
  return folder;
}

function packageRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === PACKAGE_NAME) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json of ${PACKAGE_NAME} above ${start}: reinstall the package.`);
  }
}
