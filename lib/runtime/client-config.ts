/**
 * How the runtime's clients reach AWS. The queue, or the caller, retries: a client only once more, for a connection that died while the function was frozen, and no
 * request takes a batch's whole time. Without `throwOnRequestTimeout` the SDK only warns of a request that has outlived its timeout, and waits on.
 *
 * @see https://github.com/smithy-lang/smithy-typescript/tree/main/packages/node-http-handler
 */
export const CLIENT_CONFIG = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
} as const;
