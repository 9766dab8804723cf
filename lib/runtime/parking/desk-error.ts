import { DESK_ERROR } from '../../blocks/parking-contract';

/** The desk refuses what it was asked for; the message is written for the person who asked. */
export class DeskError extends Error {
  override readonly name = DESK_ERROR;
}
