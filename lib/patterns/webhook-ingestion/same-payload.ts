/**
 * What deliveries with one event id must have in common to be deliveries of one event. A delivery that differs in it is a conflict: it is parked, and nothing is done for it.
 *
 * Most senders repeat an event byte for byte, or under its old signature; then the default is right. Some render it anew for each try, with a new time or a count of tries
 * in the body: for those, say which part is the event.
 *
 * Changed on a deployed sender, a repetition of an event from before the change is a conflict.
 */
export class SamePayload {
  /** The bytes of the body. */
  public static bytes(): SamePayload {
    return new SamePayload();
  }

  /**
   * The JSON values at these pointers (RFC 6901), for example `/type` and `/data/object`; the empty pointer is the whole body. White space and the order of members do not
   * count, a value that is missing is a value of its own. Numbers are read as JavaScript does, so that those beyond 2^53 may count as the same.
   *
   * A body that is no JSON is compared by its bytes.
   */
  public static at(pointer: string, ...pointers: string[]): SamePayload {
    return new SamePayload([pointer, ...pointers]);
  }

  /**
   * Nothing: the event id alone decides. An event that comes with an id which another one had before is then lost, without a trace but the metric `Duplicate`; so only for
   * senders whose ids are unique beyond doubt.
   */
  public static notCompared(): SamePayload {
    return new SamePayload([]);
  }

  /** @internal */
  public readonly _pointers?: string[];

  private constructor(pointers?: string[]) {
    this._pointers = pointers;
  }
}
