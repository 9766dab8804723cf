/** A source, or the rules, that can't be reconciled at all: the run fails before anything is compared. */
export class InputFault extends Error {
  override readonly name = 'InputFault';
}
