import type { LocalEngine } from './contract';

const API = /^([a-z0-9]+)\.execute-api\./;
const FUNCTION_URL = /^([a-z0-9]+)\.lambda-url\./;

/**
 * URL under which this machine reaches an API or a function URL deployed to the engine. `<id>.execute-api.localhost` and `<id>.lambda-url…` don't
 * resolve in Node, and `fetch` sends no Host header of one's choice, so the id moves into the path. Any other URL or text is returned as it is.
 */
export function localUrl(engine: Pick<LocalEngine, 'endpoint'>, outputUrl: string): string {
  const url = URL.canParse(outputUrl) ? new URL(outputUrl) : undefined;
  if (url === undefined || !/^(https?|wss?):$/.test(url.protocol)) return outputUrl;
  const scheme = url.protocol.startsWith('ws') ? engine.endpoint.replace(/^http/, 'ws') : engine.endpoint;
  const api = API.exec(url.hostname)?.[1];
  if (api !== undefined) {
    // The engine takes the first segment as the stage only when the API has one of that name, so a path needs no $default before it.
    const rest = url.pathname === '/' ? '/$default/' : url.pathname;
    return `${scheme}/_aws/execute-api/${api}${rest}${url.search}`;
  }
  const functionUrl = FUNCTION_URL.exec(url.hostname)?.[1];
  if (functionUrl !== undefined) return `${scheme}/_aws/lambda-url/${functionUrl}${url.pathname}${url.search}`;
  return outputUrl;
}
