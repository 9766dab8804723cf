import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../lib/review';
import type { ReviewConfig } from '../../lib/review/config';
import type { Finding } from '../../lib/review/report';
import { parseTemplate } from '../../lib/topology/parse-template';
import { RULE_CASES } from '../support/review/rule-cases';
import { reviewOf } from '../support/topology/read';
import type { Resources } from '../support/topology/resources';

const ids = RULES.map((rule) => rule.id);

function findings(rule: string, resources: Resources, config?: ReviewConfig): readonly Finding[] {
  return reviewOf(resources, config).report.findings.filter((finding) => finding.rule === rule);
}

describe.each(ids)('%s', (id) => {
  const one = RULE_CASES[id]!;

  it('is found, with its resources and the way of the event', () => {
    const found = findings(id, one.shows, one.config);
    expect(found.map(({ resources, path }) => ({ resources, path }))).toEqual([{ resources: one.resources, path: one.path }]);
    expect(found[0]!.locations.map((location) => location.logicalId)).toEqual(one.resources);
    expect(found[0]!.message).not.toMatch(/undefined|NaN|\[object/);
    expect(found[0]!.fix).not.toMatch(/undefined|NaN|\[object/);
  });

  it('is not found where it does not apply', () => {
    expect(findings(id, one.clean, one.config)).toEqual([]);
  });

  it('is gone once its advice is followed', () => {
    expect(one.fixed).not.toEqual(one.shows);
    expect(findings(id, one.fixed, one.config)).toEqual([]);
  });

  it('has a page that tells reason, source and fix', () => {
    const page = join(__dirname, '../../docs/rules', `${id}.md`);
    expect(existsSync(page)).toBe(true);
    const text = readFileSync(page, 'utf8');
    const rule = RULES.find((each) => each.id === id)!;
    expect(text).toContain(`# ${id}`);
    expect(text).toContain(rule.reason);
    expect(text).toContain(rule.source);
    expect(text).toContain(`| ${rule.category} | ${rule.severity} |`);
  });

  it('shows itself in the template of its page', () => {
    const text = readFileSync(join(__dirname, '../../docs/rules', `${id}.md`), 'utf8');
    const template = parseTemplate('page.yaml', /```yaml\n([\s\S]*?)```/.exec(text)![1]!);
    expect(findings(id, template.resources as unknown as Resources, one.config)).toMatchObject([
      { resources: one.resources, path: one.path },
    ]);
  });
});

describe('rules', () => {
  it('have ids of their own, beginning with their category', () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const rule of RULES) expect(rule.id.startsWith(`${rule.category}-`)).toBe(true);
  });

  it('have a case each, and no case is left over', () => {
    expect(Object.keys(RULE_CASES).sort()).toEqual([...ids].sort());
  });

  it('cite a document of AWS, in one sentence', () => {
    for (const rule of RULES) {
      expect(rule.source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
      expect(rule.reason).toMatch(/^[A-Z].*[^.]\.$/);
    }
  });
});
