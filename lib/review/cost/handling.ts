/** How a handler fails. */
export interface Failing {
  /** Share of the events that fail at every run until they are given up. */
  readonly failures: number;
  /** Share of the events which the handler parks at their first run, before it has tried to write anything. */
  readonly permanentFailures: number;
  /** Further runs for an event that succeeds. */
  readonly retries: number;
  /** Runs after which an event is given up. */
  readonly times: number;
  /** The handler parks by itself what it gives up, and knows by a record what it has done or parked. */
  readonly parksItself: boolean;
}

/** What becomes of events that are handed over. Everything counts records: runs share them. */
export interface Handling {
  /** Events that succeed, each counted once. */
  readonly done: number;
  /** Records that the handler sees, with copies and retries. */
  readonly handled: number;
  /** Records that try their writes, whether or not these stand afterwards. */
  readonly tried: number;
  /** Records that end in an error. */
  readonly failed: number;
  /** Records that stay with the giver after a run, to come again or to be moved by it. */
  readonly returned: number;
  /** Events and copies that are given up. */
  readonly parked: number;
}

export const NOTHING_HANDLED: Handling = { done: 0, handled: 0, tried: 0, failed: 0, returned: 0, parked: 0 };

/**
 * A copy comes after its event has ended: whoever knows what was done or parked acknowledges or parks it at its first run. To others it is an event as any.
 */
export function handlingOf(events: number, copies: number, failing: Failing): Handling {
  const { times, parksItself } = failing;
  const retries = Math.min(failing.retries, times - 1);
  const failures = parksItself ? failing.failures : Math.min(1, failing.failures + failing.permanentFailures);
  const permanent = parksItself ? Math.min(failing.permanentFailures, 1 - failures) : 0;
  const first = (some: number): Handling => {
    const succeeding = some * (1 - failures - permanent);
    const exhausting = some * failures * times;
    const again = succeeding * retries;
    const parked = some * (failures + permanent);
    const failed = exhausting + again;
    return {
      done: succeeding,
      handled: succeeding + failed + some * permanent,
      tried: succeeding + failed,
      failed,
      returned: parksItself ? failed - some * failures : failed,
      parked,
    };
  };
  const known: Handling = {
    ...NOTHING_HANDLED,
    handled: copies,
    tried: copies * (1 - permanent),
    parked: copies * (failures + permanent),
  };
  return sumOf(first(events), parksItself ? known : { ...first(copies), done: 0 });
}

/** A handler that somebody waits for fails to its caller: nothing comes again here. */
export function calledOf(events: number, again: number): Handling {
  return { ...NOTHING_HANDLED, done: events, handled: events + again, tried: events + again, failed: again };
}

export function sumOf(one: Handling, other: Handling): Handling {
  return {
    done: one.done + other.done,
    handled: one.handled + other.handled,
    tried: one.tried + other.tried,
    failed: one.failed + other.failed,
    returned: one.returned + other.returned,
    parked: one.parked + other.parked,
  };
}

/** Batches are what a poller happens to find: their sizes fall off as those of a geometric distribution with this mean do. */
function further(mean: number): number {
  return mean <= 1 ? 0 : 1 - 1 / mean;
}

/** Share of the records that meet one of the others in their batch, when this share of all are such. */
export function shareBeside(mean: number, share: number): number {
  const on = further(mean);
  return 1 - ((1 - on) / (1 - on * (1 - share))) ** 2;
}
