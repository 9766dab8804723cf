import type { Obstacle } from '../idempotency/record';

/** The event has had its effect, or is parked: no step of it may begin. */
export class EventClosedError extends Error {
  override readonly name = 'EventClosedError';
  readonly obstacle: Obstacle;

  constructor(obstacle: Obstacle) {
    super(`the event is closed: ${obstacle.kind}`);
    this.obstacle = obstacle;
  }
}
