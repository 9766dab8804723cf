import { isRecord, type UnknownRecord } from '../topology/record';

const ASSET = '<asset hash>';

/**
 * A template in which what changes with every build of the code is masked: hashes of assets, and those that end the logical ids of function versions. Everything
 * else stands as it is, a digest of a container image from elsewhere included.
 */
export function stableTemplate(template: UnknownRecord): UnknownRecord {
  const masked = versionsOf(template).reduce(
    (text, id) => text.replaceAll(new RegExp(`(?<![A-Za-z0-9])${id}(?![A-Za-z0-9])`, 'g'), `${id.slice(0, -32)}<version hash>`),
    JSON.stringify(template),
  );
  return JSON.parse(
    masked
      .replace(/(?<![0-9A-Za-z])[0-9a-f]{64}(?=\.(?:zip|json|jsx?|mjs|cjs|jar|tar\.gz)(?![0-9A-Za-z]))/g, ASSET)
      .replace(/(?<="S3Key":")[0-9a-f]{64}(?=["/.])/g, ASSET)
      .replace(/(?<=(?<![0-9A-Za-z])asset\.)[0-9a-f]{64}/g, ASSET)
      .replace(/(?<=container-assets-[^"\s]*:)[0-9a-f]{64}/g, ASSET),
  ) as UnknownRecord;
}

/** `currentVersion` of the CDK ends its logical id with a hash of code and configuration. */
function versionsOf({ Resources }: UnknownRecord): string[] {
  return Object.entries(isRecord(Resources) ? Resources : {})
    .filter(([id, resource]) => isRecord(resource) && resource.Type === 'AWS::Lambda::Version' && /^[A-Za-z0-9]*[0-9a-f]{32}$/.test(id))
    .map(([id]) => id);
}
