import { presenterOf } from '../../lib/review/presenters';
import { presentHtml } from '../../lib/review/presenters/html';
import { RULE_CASES } from '../support/review/rule-cases';
import { reviewOf } from '../support/topology/read';
import { arn, lambda, mapping, queue, type Resources, ref } from '../support/topology/resources';

const lossy: Resources = RULE_CASES['loss-parking-lot-alarm']!.shows;
const hostile: Resources = {
  '"><script>alert(1)</script>': { ...queue(), Metadata: { 'aws:cdk:path': "A/<img src=x onerror='alert(2)'>/Resource" } },
  Source: mapping({ EventSourceArn: arn('"><script>alert(1)</script>'), FunctionName: ref('Handler') }),
  Handler: lambda(),
};

describe('the HTML report', () => {
  test('is a format of its own', () => {
    expect(presenterOf('html')).toBe(presentHtml);
  });

  test('fetches nothing: no address but in links, and a policy that forbids the rest', () => {
    const page = presentHtml(reviewOf(lossy));
    expect(
      page
        .match(/https?:\/\/[^"<\s]*/g)!
        .filter((address) => !page.includes(`<a href="${address}"`) && address !== 'http://www.w3.org/2000/svg'),
    ).toEqual([]);
    expect(page).not.toMatch(/\ssrc=|@import|url\((?!#)|<(?:link(?! rel="icon" href="data:,")|img|iframe|object|embed)/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-`);
  });

  test('tells each finding with way, reason, fix, place and the page of its rule', () => {
    const review = reviewOf(lossy);
    const page = presentHtml(review);
    const [finding] = review.report.findings;
    expect(page).toContain(`docs/rules/${finding!.rule}.md">${finding!.rule}</a>`);
    for (const text of [finding!.message, finding!.fix, finding!.locations[0]!.template]) expect(page).toContain(text);
    expect(page.match(/<article /g)).toHaveLength(review.report.findings.length);
  });

  test('counts at each box of the diagram what was found there', () => {
    const review = reviewOf(lossy);
    const at = (logicalId: string) => review.report.findings.filter(({ resources }) => resources.includes(logicalId)).length;
    expect(at('Dlq')).toBeGreaterThan(0);
    expect(presentHtml(review)).toContain(`${at('Dlq')} ${at('Dlq') === 1 ? 'finding' : 'findings'} at Dlq`);
  });

  test('tells what was set aside and why', () => {
    const page = presentHtml(
      reviewOf(lossy, { ignore: [{ rule: 'loss-parking-lot-alarm', resource: 'Dlq', because: 'watched by <hand>' }] }),
    );
    expect(page).toContain('Set aside with a reason (1)');
    expect(page).toContain('set aside: watched by &#60;hand&#62;');
  });

  test('says that nothing was found, and that it does not know what it could not follow', () => {
    expect(presentHtml(reviewOf({}))).toContain('<p>Nothing was found.</p>');
    const review = reviewOf({ Fixed: { Type: 'AWS::Serverless::Function' } });
    expect(presentHtml({ ...review, report: { ...review.report, findings: [] } })).toContain('Nothing was found in what could be followed');
  });

  test('lets no name become markup', () => {
    const page = presentHtml(reviewOf(hostile));
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/<img|onerror='/);
    expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
  });

  test('the same stack gives the same bytes', () => {
    expect(presentHtml(reviewOf(Object.fromEntries(Object.entries(lossy).reverse())))).toBe(presentHtml(reviewOf(lossy)));
  });
});
