import { showable } from '../../markup/showable';
import type { Count, Edge, Node } from '../../topology/graph';
import { duration } from '../facts';

/** What stands on an arrow: handler runs for one event, attempts to hand over, batch. Empty for a single hand-over of a single event. */
export function arrowLabel(edge: Edge, to: Node): string[] {
  const parts = [
    ...(edge.handlerRuns === 1 ? [] : [times(edge.handlerRuns)]),
    ...(tells(edge, to) ? [`${number(edge.handOverAttempts)} tries`] : []),
    ...(edge.batch && edge.batch.size !== 1 ? [`batch ${number(edge.batch.size)}`] : []),
  ];
  return parts.length === 0 ? [] : [parts.join(', ')];
}

/** When an event is given up: `after 5x, 15 min`; or how long it blocks what follows. */
export function exhaustedLabel(edge: Edge, keeps: boolean): string[] {
  const tries = keeps || edge.handlerRuns === 1 ? edge.handOverAttempts : 1;
  const runs = keeps ? 1 : edge.handlerRuns;
  const seconds = keeps || edge.windowSeconds === 0 ? edge.handOverSeconds : edge.windowSeconds;
  if (edge.exhausted === 'blocks') return [typeof seconds === 'number' ? `for up to ${duration(seconds)}` : 'until it expires'];
  const parts = [
    ...(runs === 1 ? [] : [times(runs)]),
    ...(tries === 1 || tries === 'unknown' ? [] : [`${number(tries)} tries`]),
    ...(typeof seconds === 'number' && seconds > 0 ? [duration(seconds)] : []),
  ];
  return [parts.length === 0 ? 'on failure' : `after ${parts.join(', ')}`];
}

/** Everything an arrow stands for, for a person who wants to know. */
export function arrowTitle(edge: Edge, from: Node, to: Node): string {
  return showable(
    [
      `${from.label} to ${to.label}: ${edge.kind}, ${edge.synchronous ? 'synchronous' : 'asynchronous'}`,
      `${edge.handOverAttempts} hand-over attempts`,
      `${edge.handlerRuns} handler runs${edge.runsBecause === '' ? '' : ` (${edge.runsBecause})`}`,
      ...(edge.role === 'failure' ? [] : [`exhausted: ${edge.exhausted}`]),
      ...(edge.unknown === undefined ? [] : [edge.unknown]),
    ].join('; '),
  );
}

/** Attempts of an SDK are only told where each of them runs a handler: all others cost time and nothing else, and are the same everywhere. */
function tells(edge: Edge, to: Node): boolean {
  if (edge.handOverAttempts === 1 || edge.handOverAttempts === edge.handlerRuns) return false;
  return edge.kind !== 'lambda-write' || to.kind === 'function';
}

function times(count: Count): string {
  return count === 'unlimited' ? 'without end' : `${number(count)}x`;
}

function number(count: Count): string {
  return typeof count === 'number' ? String(count).replace(/\B(?=(\d{3})+$)/g, ',') : count === 'unlimited' ? 'unlimited' : '?';
}
