/**
 * A state without what can't matter, so that states from which the same can follow have one text: a moment that has passed counts by its order among
 * others, and an id that nobody else has, and nobody will ask for, is any id. No record here lives to expire.
 *
 * @param now milliseconds since the epoch
 * @param holders identities of the processes that still know ids of theirs
 */
export function comparable(state: string, now: number, holders: ReadonlySet<string>): string {
  const found = [...state.matchAll(NAMES)];
  const counts = new Map<string, number>();
  for (const [name] of found) counts.set(name, (counts.get(name) ?? 0) + 1);
  const isMoment = (name: string) => name.length === ISO_CHARACTERS || (name.length === MILLISECONDS_DIGITS && Number(name) <= now);
  const ranks = new Map(
    [...counts.keys()]
      .filter(isMoment)
      .sort()
      .map((name, rank) => [name, rank]),
  );
  let end = 0;
  let text = '';
  for (const { 0: name, 1: holder, index } of found) {
    text += state.slice(end, index);
    end = index + name.length;
    if (holder !== undefined) text += holders.has(holder) || counts.get(name)! > 1 ? name : 'some id';
    else if (name.length === SECONDS_DIGITS) text += 'seconds';
    else if (isMoment(name)) text += `moment ${ranks.get(name)}`;
    else text += `in ${Number(name) - now}`;
  }
  return text + state.slice(end);
}

const ISO_CHARACTERS = 24;
const SECONDS_DIGITS = 10;
const MILLISECONDS_DIGITS = 13;

/** An id as a process draws it, with its identity; a moment in ISO 8601, in milliseconds or seconds since the epoch. */
const NAMES = /id \d+ of ([^"\\]+)|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|\b1[78]\d{11}\b|\b1[78]\d{8}\b/g;
