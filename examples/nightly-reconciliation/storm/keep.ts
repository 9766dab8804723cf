import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { GeneratedNights, NightFiles } from './sides';
import type { Site } from './site';

/** Writes what was generated, to be tried with `breakwater reconcile`: a folder for each night, in it one for each side. */
export async function keepFiles(
  folder: string,
  dates: { readonly first: string; readonly second: string },
  { first, second, restated }: GeneratedNights,
): Promise<void> {
  const nights: ReadonlyArray<readonly [string, NightFiles]> = [
    [dates.first, first],
    [`${dates.first}-restated`, restated],
    [dates.second, second],
  ];
  for (const [night, files] of nights) {
    for (const [side, sideFiles] of [
      ['ledger', files.left],
      ['bank', files.right],
    ] as const) {
      const place = path.join(folder, night, side);
      await mkdir(place, { recursive: true });
      for (const { name, content } of sideFiles) await writeFile(path.join(place, name), content);
    }
  }
}

/** Writes the reports of a date. */
export async function keepReports(folder: string, date: string, site: Site): Promise<void> {
  const place = path.join(folder, date);
  await mkdir(place, { recursive: true });
  for (const key of (await site.keys('reports/')).filter((one) => one.includes(`date=${date}/`))) {
    await writeFile(path.join(place, path.posix.basename(key)), await site.read(key));
  }
}
