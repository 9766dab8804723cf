/** What all workers of a channel know of a provider. Plain values, each state made from the one before. */
export type Breaker =
  /** It is used. Counted are the calls of a short window. */
  | { readonly state: 'closed'; readonly since: number; readonly calls: number; readonly failures: number }
  /** It is not used until then, in milliseconds since the epoch. */
  | { readonly state: 'open'; readonly until: number; readonly openings: number }
  /** One call tries it; until then nobody else does, should that one never answer. */
  | { readonly state: 'halfOpen'; readonly until: number; readonly openings: number };

/** What was seen of a provider. */
export interface BreakerReport {
  readonly calls: number;
  /** Those of which nobody knows the outcome too: a provider that does not answer does not work. */
  readonly failures: number;
}

export const BreakerLimits = {
  /** Calls of so many milliseconds are judged together. */
  WINDOW: 10_000,
  /** It opens from so many calls... */
  LEAST_CALLS: 5,
  /** ...of which this part failed. */
  FAILING: 0.5,
  /** Milliseconds it stays open at first; doubled each time that its probe fails. */
  COOLDOWN: 10_000,
  LONGEST_COOLDOWN: 300_000,
  /** Milliseconds after which a probe that never answered is taken for lost: longer than any call to a provider. */
  PROBE: 60_000,
} as const;

export function closedBreaker(now: number): Breaker {
  return { state: 'closed', since: now, calls: 0, failures: 0 };
}

/** `yes`; `probe`: only by who has first written {@link probing}; or how many milliseconds to wait. */
export function mayCall(breaker: Breaker, now: number): 'yes' | 'probe' | number {
  if (breaker.state === 'closed') return 'yes';
  return breaker.until <= now ? 'probe' : breaker.until - now;
}

/** The state in which one call tries the provider. */
export function probing(breaker: Breaker, now: number): Breaker {
  return { state: 'halfOpen', until: now + BreakerLimits.PROBE, openings: openingsOf(breaker) };
}

/** After a probe. */
export function probed(breaker: Breaker, worked: boolean, now: number): Breaker {
  return worked ? closedBreaker(now) : opened(openingsOf(breaker) + 1, now);
}

/** After calls that were no probe. What is told late of a provider that isn't used any more changes nothing. */
export function reported(breaker: Breaker, { calls, failures }: BreakerReport, now: number): Breaker {
  if (breaker.state !== 'closed') return breaker;
  const current = now - breaker.since < BreakerLimits.WINDOW ? breaker : { since: now, calls: 0, failures: 0 };
  const next: Breaker = { state: 'closed', since: current.since, calls: current.calls + calls, failures: current.failures + failures };
  const fails = next.calls >= BreakerLimits.LEAST_CALLS && next.failures >= next.calls * BreakerLimits.FAILING;
  return fails ? opened(0, now) : next;
}

function opened(openings: number, now: number): Breaker {
  return {
    state: 'open',
    openings,
    until: now + Math.min(BreakerLimits.LONGEST_COOLDOWN, BreakerLimits.COOLDOWN * 2 ** Math.min(openings, 16)),
  };
}

function openingsOf(breaker: Breaker): number {
  return breaker.state === 'closed' ? 0 : breaker.openings;
}
