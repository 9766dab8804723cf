import { createHash } from 'node:crypto';
import { isAbsolute, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Finding, IgnoredFinding, Location, Presenter, Report, ResourceRef, Severity } from '../report';
import type { Rule } from '../rule';
import { pageOf } from '../rule-page';
import { RULES } from '../rules';

const LEVEL: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { error: 'error', warning: 'warning', info: 'note' };

/**
 * SARIF 2.1.0, for code scanning. A result stands at the line of the resource in its template, because code scanning shows nothing without a place.
 *
 * @see https://docs.github.com/en/code-security/reference/code-scanning/sarif-support-for-code-scanning
 */
export const presentSarif: Presenter = ({ report }) => {
  const fingerprints = new Map<string, number>();
  const all: ReadonlyArray<Finding | IgnoredFinding> = [...report.findings, ...report.ignored];
  const sarif = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'breakwater review',
            informationUri: 'https://github.com/cdk-breakwater/cdk-breakwater',
            rules: RULES.map(descriptor),
          },
        },
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notFollowed(report) }],
        results: all.map((finding) => resultOf(finding, report, fingerprints)),
        columnKind: 'utf16CodeUnits',
      },
    ],
  };
  return `${JSON.stringify(sarif, undefined, 2)}\n`;
};

function descriptor({ id, category, severity, reason, source }: Rule) {
  return {
    id,
    shortDescription: { text: reason },
    fullDescription: { text: reason },
    help: {
      text: `${reason} ${source}`,
      markdown: `${reason}\n\nWhat happens, what to change, and when it is fine: [${id}](${pageOf(id)}). [AWS on it](${source}).`,
    },
    helpUri: pageOf(id),
    defaultConfiguration: { level: LEVEL[severity] },
    properties: { tags: [category] },
  };
}

function resultOf(finding: Finding | IgnoredFinding, report: Report, fingerprints: Map<string, number>) {
  const [first, ...others] = finding.locations;
  return {
    ruleId: finding.rule,
    ruleIndex: RULES.findIndex((rule) => rule.id === finding.rule),
    level: LEVEL[finding.severity],
    message: { text: `${finding.message}\nPath: ${finding.path.join(' -> ')}\nFix: ${finding.fix}` },
    locations: [first === undefined ? { physicalLocation: physical(report.stacks[0]?.template ?? '', undefined) } : place(first)],
    ...(others.length === 0
      ? {}
      : { relatedLocations: others.map((location, id) => ({ id, message: { text: location.logicalId }, ...place(location) })) }),
    partialFingerprints: { primaryLocationLineHash: fingerprint(finding, fingerprints) },
    suppressions: 'because' in finding ? [{ kind: 'external', status: 'accepted', justification: finding.because }] : [],
  };
}

/** Of the rule and the resources that the finding is about: lines, other resources and wordings may change without making it another finding. */
function fingerprint({ rule, locations }: Finding, seen: Map<string, number>): string {
  const about = JSON.stringify([rule, ...locations.map(({ stack, logicalId }) => [stack, logicalId])]);
  const hash = createHash('sha256').update(about).digest('hex').slice(0, 32);
  const occurrence = (seen.get(hash) ?? 0) + 1;
  seen.set(hash, occurrence);
  return `${hash}:${occurrence}`;
}

function place(location: Location) {
  return { physicalLocation: physical(location.template, location.line), logicalLocations: [logical(location)] };
}

function physical(template: string, line: number | undefined) {
  return { artifactLocation: { uri: uriOf(template) }, region: { startLine: line ?? 1 } };
}

function logical({ stack, logicalId, constructPath }: ResourceRef) {
  return { name: logicalId, fullyQualifiedName: constructPath ?? `${stack}/${logicalId}`, kind: 'resource' };
}

/** Relative to where the command ran, which is the repository's root for code scanning. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return posix.normalize(file.replaceAll('\\', '/')).split('/').map(encodeURIComponent).join('/');
}

function notFollowed({ unknowns, truncated }: Report) {
  return [
    ...unknowns.map(({ resource, property, reason }) => ({
      level: 'note',
      message: { text: `${resource.logicalId} ${property}: ${reason}` },
      locations: [{ physicalLocation: physical(resource.template, undefined), logicalLocations: [logical(resource)] }],
    })),
    ...(truncated === undefined ? [] : [{ level: 'warning', message: { text: truncated } }]),
  ];
}
