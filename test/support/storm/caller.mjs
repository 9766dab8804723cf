// Plays a function: sends one request after another to the proxy over kept connections, and says which of them it has an answer to.
// arguments: URL of the proxy, then `service:Operation=body` or `service:Operation@/path=body` for each request; those joined by & are sent at once
import { Agent, request } from 'node:http';

const [url, ...steps] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
let answered = 0;

async function send(line) {
  const at = line.lastIndexOf('=');
  const [name, path = '/'] = line.slice(0, at).split('@');
  const body = line.slice(at + 1);
  const [service, operation] = name.split(':');
  await new Promise((resolve, reject) => {
    request(url, {
      agent,
      path,
      method: service === 's3' ? 'PUT' : 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
        ...(service === 's3' ? {} : { 'x-amz-target': `Any_20260101.${operation}` }),
      },
    })
      .on('error', reject)
      .on('response', (answer) => answer.resume().on('end', resolve))
      .end(body);
  });
  answered += 1;
  process.stdout.write(`answered ${answered}\n`);
}

for (const step of steps) await Promise.all(step.split('&').map(send));
agent.destroy();
