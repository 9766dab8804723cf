/** Rules, or a file beside them, that nothing can be planned with; the message names the field, what is allowed and what is given. */
export class InputFault extends Error {
  override readonly name = 'InputFault';
}
