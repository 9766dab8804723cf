import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Alarms, ParkingDesk, ParkingLot, QueueWorker } from '../../lib';
import type { ParkingLotSettings } from '../../lib/blocks/parking-contract';
import { environmentOf, lotsOf, NO_ALARMS, readTold } from '../support/cdk/desks';
import { nagFindings } from '../support/cdk/nag';
import { permissionsOfRole } from '../support/cdk/policies';
import { inlineWorker, resourcesOf, shop } from '../support/cdk/stacks';

/** Workers that bring what they can't process to one desk. */
function sharing(count: number, alarms?: Alarms) {
  const stack = shop();
  const desk = new ParkingDesk(stack, 'Desk', { retention: Duration.days(30), alarms });
  const workers = Array.from({ length: count }, (_, index) => {
    return new QueueWorker(stack, `Worker${index}`, { worker: inlineWorker(), parkingLot: ParkingLot.atDesk(desk), alarms });
  });
  return { stack, desk, workers };
}

const NOBODY = Alarms.none();

test('one desk takes from all workers that share it, and sends back to the one that a message came from', () => {
  const { stack, desk, workers } = sharing(2);
  expect(workers.every(({ parkingDesk }) => parkingDesk === desk)).toBe(true);
  Template.fromStack(stack).resourceCountIs('AWS::StepFunctions::StateMachine', 1);
  expect(lotsOf(stack, 'DeskJob').map(({ arn, targetUrl, worker }) => [arn, targetUrl, worker])).toEqual([
    ['<Worker0ParkingLot>', '<Worker0Queue>', '<Worker0WorkerLive>'],
    ['<Worker1ParkingLot>', '<Worker1Queue>', '<Worker1WorkerLive>'],
  ]);
  for (const index of [0, 1]) {
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp(`^Worker${index}ParkingLot`), 'Arn'] },
      FunctionName: Match.objectLike({ 'Fn::Join': ['', Match.arrayWith([':live'])] }),
    });
  }
});

test('records of effects outlive every copy that the shared desk can send again', () => {
  const { workers } = sharing(1, NOBODY);
  expect(workers[0]!.idempotencyRetention.toDays()).toBe(4 + 14 + 30 + 4 + 1);
});

test('the desk rings once for a group of any of them, each worker for what nobody takes from its own parking lot', () => {
  const { desk, workers } = sharing(2);
  expect(desk.alarms.keys).toEqual(['parkedMessages', 'parkedCustomerFaults']);
  for (const { alarms } of workers)
    expect(alarms.keys).toEqual(['parkedMessageAge', 'oldestMessageAge', 'workerErrors', 'workerThrottles']);
});

describe('more lots than an environment holds', () => {
  test('are told by a parameter each, and the environment only names those', () => {
    const { stack } = sharing(5);
    const parameters = resourcesOf(stack, 'AWS::SSM::Parameter');
    const lots = Object.values(parameters).map(({ Properties }) => readTold(Properties.Value) as ParkingLotSettings);
    expect(lots.map(({ arn, alarms }) => [arn, alarms?.length])).toEqual([0, 1, 2, 3, 4].map((index) => [`<Worker${index}ParkingLot>`, 3]));
    for (const one of ['DeskIntake', 'DeskOperate', 'DeskJob']) {
      const environment = environmentOf(stack, one);
      expect(environment.BREAKWATER_PARKING_LOTS).toBeUndefined();
      expect(readTold(environment.BREAKWATER_PARKING_LOT_PARAMETERS)).toEqual(Object.keys(parameters).map((id) => `<${id.slice(0, -8)}>`));
      expect(permissionsOfRole(stack, `${one}Role`).filter((line) => line.startsWith('ssm:'))).toEqual(
        Object.keys(parameters)
          .map((id) => `ssm:GetParameter on arn:AWS::Partition:ssm:AWS::Region:AWS::AccountId:parameter/${id.slice(0, -8)}`)
          .sort(),
      );
    }
  });

  test('keep the ids of their resources when one of them goes', () => {
    const idsOf = (without: string) => {
      const stack = shop();
      const desk = new ParkingDesk(stack, 'Desk', NO_ALARMS);
      for (const id of ['A', 'B', 'C', 'D', 'E'].filter((one) => one !== without))
        new QueueWorker(stack, id, { worker: inlineWorker(), parkingLot: ParkingLot.atDesk(desk), ...NO_ALARMS });
      return ['AWS::SSM::Parameter', 'AWS::Lambda::EventSourceMapping'].flatMap((type) => Object.keys(resourcesOf(stack, type)));
    };
    const all = idsOf('');
    expect(all.filter((id) => idsOf('B').includes(id))).toHaveLength(all.length - 3);
  });

  test('are at most 30', () => {
    const { stack, desk } = sharing(0, NOBODY);
    const queues = Array.from({ length: 31 }, (_, index) => new Queue(stack, `Lot${index}`));
    expect(() => {
      for (const queue of queues) desk.adopt(queue, queues[0]!);
    }).toThrow(/^\[Shop\/Desk\] parking lots of one desk: allowed 1 to 30, given 31/);
  });
});

test('cdk-nag finds nothing in workers that share a desk', () => {
  expect(nagFindings(sharing(4, NOBODY).stack)).toEqual([]);
});
