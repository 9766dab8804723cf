import { DESK_ERROR, DESK_OUTPUT_DESCRIPTION, type DeskAnswers, type DeskRequest } from '../../blocks/parking-contract';
import { invoke } from '../commands/invoke';
import { type Access, type Deployed, deployedAt, findDeployed, type Kind, type Narrowed, type Where } from '../commands/places';
import type { Progress } from '../local/contract';

/** A parking desk that is deployed. */
export interface Desk extends Omit<Deployed, 'value'> {
  /** Name of the desk function. */
  readonly functionName: string;
}

const DESK: Kind = {
  one: 'parking desk',
  several: 'parking desks',
  description: DESK_OUTPUT_DESCRIPTION,
  absent: `Was the stack deployed since its patterns have a desk, and without \`ParkingLot.queueOnly()\`? A desk is a stack output whose description begins with "${DESK_OUTPUT_DESCRIPTION.trim()}".`,
};

const deskOf = ({ value, ...deployed }: Deployed): Desk => ({ ...deployed, functionName: value });

/** Desks there. @throws when there is none, with where to look */
export async function desksOf(where: Where, narrowed: Narrowed, progress: Progress): Promise<readonly Desk[]> {
  return (await deployedAt(where, DESK, narrowed, progress)).map(deskOf);
}

/** Desks in one account and Region. @throws when the stacks can't be read */
export async function findDesks(access: Access, narrowed: Narrowed = {}): Promise<readonly Desk[]> {
  return (await findDeployed(access, DESK, narrowed)).map(deskOf);
}

const READS: ReadonlySet<DeskRequest['command']> = new Set(['groups', 'messages', 'show', 'plan', 'job', 'jobs', 'audit']);

/**
 * Asks a desk. What changes something is never sent twice: an answer that got lost on its way may have had its effect.
 * @throws {Refusal} when the desk says no
 * @throws when it can't be reached, or its function fails
 */
export async function ask<Request extends DeskRequest>(
  { path, functionName, access }: Desk,
  request: Request,
): Promise<DeskAnswers[Request['command']]> {
  const desk = {
    functionName,
    access,
    called: 'desk function',
    refusals: [DESK_ERROR],
    seeAlso: '"parked jobs" and "parked audit" say what stands.',
  };
  const answer = await invoke(desk, request, { doing: `asking the desk of ${path}`, isRepeatable: READS.has(request.command) });
  return answer as DeskAnswers[Request['command']];
}
