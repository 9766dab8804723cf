/** Times without what can't matter: a moment counts by its order among others, and no record here lives to expire. */
export function comparable(state: string): string {
  const moments = [...new Set(state.match(ISO_MOMENT))].sort();
  return state.replace(ISO_MOMENT, (moment) => `moment ${moments.indexOf(moment)}`).replace(EPOCH_SECONDS, 'seconds');
}

const ISO_MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
const EPOCH_SECONDS = /\b1[78]\d{8}\b/g;
