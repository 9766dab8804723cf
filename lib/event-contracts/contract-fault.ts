/** A contract that can't be used; the message names the file and, by its JSON pointer, the field. */
export class ContractFault extends Error {
  override readonly name = 'ContractFault';
}
