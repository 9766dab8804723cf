import { xml } from '../../markup/xml';
import type { Finding, IgnoredFinding, Severity } from '../report';
import { SEVERITIES } from '../report';
import { pageOf } from '../rule-page';
import { RULES } from '../rules';

const HEADING: Readonly<Record<Severity, string>> = { error: 'Errors', warning: 'Warnings', info: 'Notes' };

/** Findings by severity, each with its way, its reason and what fixes it. */
export function findingsSection(findings: readonly Finding[], ignored: readonly IgnoredFinding[], clean: string): string {
  return [
    '<section id="findings" aria-labelledby="findings-heading">',
    '<h2 id="findings-heading">Findings</h2>',
    ...(findings.length === 0 ? [`<p>${xml(clean)}</p>`] : []),
    ...SEVERITIES.flatMap((severity) => {
      const group = findings.filter((one) => one.severity === severity);
      return group.length === 0 ? [] : [`<h3>${HEADING[severity]} (${group.length})</h3>`, ...group.map((one) => article(one))];
    }),
    ...(ignored.length === 0
      ? []
      : [`<h3>Set aside with a reason (${ignored.length})</h3>`, ...ignored.map((one) => article(one, `set aside: ${one.because}`))]),
    '</section>',
  ].join('\n');
}

function article(finding: Finding, note?: string): string {
  const rule = RULES.find((one) => one.id === finding.rule);
  return [
    `<article class="is-${finding.severity}">`,
    `<header><span class="chip ${finding.severity}">${finding.severity}</span><h4><a href="${xml(pageOf(finding.rule))}">${xml(finding.rule)}</a></h4></header>`,
    `<p>${xml(finding.message)}</p>`,
    ...(finding.path.length > 1 ? [way(finding.path.map((label) => `<code>${xml(label)}</code>`))] : []),
    ...(rule ? [`<p class="muted">${xml(rule.reason)}</p>`] : []),
    `<p class="fix"><strong>Fix:</strong> ${xml(finding.fix)}</p>`,
    ...(note === undefined ? [] : [`<p><strong>${xml(note)}</strong></p>`]),
    `<ul class="where">${finding.locations
      .map(
        ({ logicalId, constructPath, template, line }) =>
          `<li><code>${xml(logicalId)}</code>${constructPath === undefined ? '' : ` ${xml(constructPath)}`}, ${xml(template)}${line === undefined ? '' : `:${line}`}</li>`,
      )
      .join('')}</ul>`,
    '</article>',
  ].join('\n');
}

/** Places one after the other. */
export function way(places: readonly string[]): string {
  return `<ol class="way">${places.map((place) => `<li>${place}</li>`).join('')}</ol>`;
}
