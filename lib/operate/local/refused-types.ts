import { engineRequest, type RequestTarget } from './engine-request';

/**
 * Which of these resource types the engine refuses. It is asked, not remembered: a list of ours would be wrong with the engine's next version.
 * @throws when the engine answers anything else.
 */
export async function refusedTypes(target: RequestTarget, types: Iterable<string>): Promise<ReadonlySet<string>> {
  const distinct = [...new Set(types)];
  if (distinct.length === 0) return new Set();
  const template = { Resources: Object.fromEntries(distinct.map((type, index) => [`R${index}`, { Type: type }])) };
  const answer = await engineRequest(target, {
    service: 'cloudformation',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Action: 'ValidateTemplate', Version: '2010-05-15', TemplateBody: JSON.stringify(template) }).toString(),
  });
  if (answer.status === 200) return new Set();
  const refused = /Unrecognized resource types: \[([^\]]*)\]/.exec(answer.text)?.[1];
  if (refused === undefined)
    throw new Error(`the local engine could not say which resource types it runs: ${answer.status} ${answer.text}`);
  return new Set(refused.split(',').map((type) => type.trim()));
}
