import { isDeepStrictEqual } from 'node:util';
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EventContract } from '../../blocks/event-contract';
import type { Lane } from '../../blocks/fanout-contract';
import { refuse, requireKnownSeconds, requireWithin } from '../../blocks/rule';
import type { NotificationRules } from '../../notification-rules/rules';
import type { Channel } from './channel';
import type { NotificationFanoutProps } from './notification-fanout-props';

const DAY_SECONDS = 86_400;

export interface CheckedFanout {
  readonly objectives: { readonly [lane in Lane]: Duration };
  readonly retention: Duration;
}

/** What props of a fan-out may not say; the rules file and templates are checked where they are read. */
export function checkFanout(scope: Construct, props: NotificationFanoutProps): CheckedFanout {
  checkContracts(scope, props.events);
  checkChannels(scope, props.channels);
  const { objective = {}, deliveryRetention: retention = USUAL_RETENTION } = props;
  const days = requireKnownSeconds(scope, 'the retention of deliveries', retention) / DAY_SECONDS;
  requireWithin(scope, 'retention of deliveries in days', days, [1, 3650], 'Change deliveryRetention.');
  return {
    objectives: {
      transactional: checkedObjective(scope, 'transactional', objective.transactional ?? Duration.minutes(5)),
      bulk: checkedObjective(scope, 'bulk', objective.bulk ?? Duration.hours(6)),
    },
    retention,
  };
}

/** A delivery that stands is what keeps its recipient from being told twice: as long as a page can come again, it must stand. */
export function checkRetentionCovers(scope: Construct, retention: Duration, pagesLive: Duration) {
  const least = Math.ceil(pagesLive.toDays({ integral: false }));
  if (retention.toDays() >= least) return;
  refuse(scope, {
    rule: 'deliveries must be kept for longer than what is planned can be parked and sent again, or a recipient is told twice',
    allowed: `${least} days or more`,
    given: `${retention.toDays()} days`,
    remedy: 'Raise deliveryRetention.',
  });
}

/** What the rules file may not say of contracts and channels. */
export function checkRules(scope: Construct, file: string, rules: NotificationRules, { events, channels }: NotificationFanoutProps) {
  for (const [index, { name, version, schema }] of rules.events.entries()) {
    const at = `${file}: events[${index}]`;
    const contract = events.find((one) => one.name === name && String(one.version) === String(version));
    if (!contract) {
      refuse(scope, {
        rule: 'each event of the rules has its contract',
        allowed: events.map((one) => `${one.name} version ${one.version}`).join(', '),
        given: `${at}: ${name} version ${version}`,
        remedy: 'Give its EventContract to events, or change the rules file.',
      });
    }
    if (typeof schema === 'object' && !isDeepStrictEqual(schema, contract._contract.schema)) {
      refuse(scope, {
        rule: 'a schema that stands in the rules file is that of the contract, which is what counts',
        allowed: 'the same schema, or none',
        given: `${at}.schema: another one`,
        remedy: 'Leave it out of the rules file.',
      });
    }
  }
  for (const [index, rule] of rules.rules.entries()) {
    const unknown = [...rule.channels, ...(rule.fallback ? [rule.fallback.channel] : [])].find((name) => !Object.hasOwn(channels, name));
    if (unknown === undefined) continue;
    refuse(scope, {
      rule: 'each channel of a rule is one of the channels',
      allowed: Object.keys(channels).join(', '),
      given: `${file}: rules[${index}] (${rule.id}): ${unknown}`,
      remedy: 'Add it to channels, for example as Channel.handler(…), or change the rule.',
    });
  }
}

function checkContracts(scope: Construct, events: EventContract[]) {
  requireWithin(
    scope,
    'contracts of a fan-out, each of which takes a statement in the policy of a queue',
    events.length,
    [1, MOST_CONTRACTS],
    'Change events.',
  );
  const names = events.map(({ name, version }) => `${name} version ${version}`);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    refuse(scope, { rule: 'a contract is given once', allowed: 'each version once', given: `${twice} twice`, remedy: 'Change events.' });
}

function checkChannels(scope: Construct, channels: { [name: string]: Channel }) {
  const names = Object.keys(channels);
  requireWithin(scope, 'number of channels', names.length, [1, MOST_CHANNELS], 'Spread them over several NotificationFanout constructs.');
  const wrong = names.find((name) => !/^[a-z][a-z0-9_-]{0,31}$/.test(name));
  if (wrong !== undefined) {
    refuse(scope, {
      rule: 'the name of a channel is what rules, preferences and templates call it',
      allowed: '1 to 32 lower-case letters, digits, - and _, a letter first',
      given: `'${wrong}'`,
      remedy: 'Rename the channel.',
    });
  }
  for (const [name, channel] of Object.entries(channels)) checkChannel(scope, name, channel);
}

function checkChannel(scope: Construct, name: string, { _kind: kind, _options: options, _handler: handler }: Channel) {
  const rate = options.ratePerSecond;
  if (rate !== undefined && !(rate >= 0.1 && rate <= 10_000)) {
    refuse(scope, {
      rule: `rate of the channel ${name} in messages a second`,
      allowed: '0.1 to 10000',
      given: String(rate),
      remedy: 'Change ratePerSecond.',
    });
  }
  requireWithin(scope, `maxConcurrency of the channel ${name}`, options.maxConcurrency, [2, 1000], 'Change maxConcurrency of the channel.');
  const other = options.failover?.find(({ _kind }) => _kind !== kind);
  if (other) {
    refuse(scope, {
      rule: `what takes over for the channel ${name} sends to the same kind of address`,
      allowed: kind,
      given: other._kind,
      remedy: 'Change failover, or use a fallback of the rules: it goes to another channel.',
    });
  }
  if (handler?._given) {
    refuse(scope, {
      rule: `the channel ${name} has a function for each lane, which are made from its handler`,
      allowed: 'Handler.fromEntry or Handler.fromCode',
      given: 'Handler.fromFunction',
      remedy: 'Give the code instead of the function.',
    });
  }
}

function checkedObjective(scope: Construct, lane: Lane, age: Duration): Duration {
  const seconds = requireKnownSeconds(scope, `the objective of the ${lane} lane`, age);
  requireWithin(scope, `objective of the ${lane} lane in seconds`, seconds, [60, 4 * DAY_SECONDS], `Change objective.${lane}.`);
  return age;
}

const USUAL_RETENTION = Duration.days(120);
/** A policy of SQS holds 20 statements; one is for TLS, and some rules are our own. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html */
const MOST_CONTRACTS = 18;
/** A stack holds 500 resources. */
const MOST_CHANNELS = 10;
