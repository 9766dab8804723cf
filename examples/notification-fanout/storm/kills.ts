import type { Kill } from '../../../lib/operate/storm/contract';

const PUT = 'dynamodb:PutItem';
const WRITE = 'dynamodb:TransactWriteItems';
const HAND_OVER = 'sqs:SendMessageBatch';

/** Whom a storm loses, at each step that a message takes. */
export function killsOf(): readonly Kill[] {
  return [
    kill('accept after the claim', PUT, 'after', ['EVENT#', 'CLAIM'], 3),
    kill('accept before its pages begin', HAND_OVER, 'before', ['page'], 5),
    kill('accept after its pages have begun', HAND_OVER, 'after', ['page'], 9),
    kill('plan before a delivery', PUT, 'before', ['DELIVERY#'], 4),
    kill('plan after a delivery', PUT, 'after', ['DELIVERY#'], 12),
    kill('plan after a delivery and what is remembered', WRITE, 'after', ['DELIVERY#', 'RECIPIENT#'], 5),
    kill('plan before its timer', 'scheduler:POST', 'before', [], 2),
    kill('plan after its timer', 'scheduler:POST', 'after', [], 4),
    kill('plan between plan and hand-over', HAND_OVER, 'before', ['message'], 6),
    kill('plan after the hand-over', HAND_OVER, 'after', ['message'], 11),
    kill('flush before the digest is a delivery', WRITE, 'before', ['DELIVERY#', 'DIGEST#', 'digest'], 30),
    kill('flush after the digest is a delivery', WRITE, 'after', ['DELIVERY#', 'DIGEST#', 'digest'], 40),
    kill('e-mail before the provider is called', 'ses:POST', 'before', [], 7),
    kill('e-mail after the provider was called', 'ses:POST', 'after', [], 15),
    kill('text after the provider was called', 'sns:POST', 'after', ['PhoneNumber'], 8),
    kill('chat after the provider was called', PUT, 'after', ['room-'], 6),
    kill('send before its delivery says so', WRITE, 'before', ['DELIVERY#', 'sent'], 10),
    kill('send after its delivery says so', WRITE, 'after', ['DELIVERY#', 'sent'], 20),
  ];
}

function kill(name: string, operation: string, moment: Kill['moment'], holding: readonly string[], occurrence: number): Kill {
  return { name, operation, moment, holding, occurrence };
}
