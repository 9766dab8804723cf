/** What keeps two schemas from being compared: neither compatible nor shown to be incompatible. */
export class Undecided extends Error {
  override readonly name = 'Undecided';
}
