import type { Rule } from '../rule';

export const lossAlarmUnheard: Rule = {
  id: 'loss-alarm-unheard',
  category: 'loss',
  severity: 'info',
  reason: 'An alarm that publishes to a topic without subscriptions tells nobody.',
  source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html',
  *check(facts) {
    const topics = new Set(facts.graph.alarms.flatMap((alarm) => (alarm.actionsEnabled ? alarm.actions : [])));
    for (const id of [...topics].sort()) {
      const node = facts.node(id);
      if (node.kind !== 'topic' || !node.resource || facts.from(id).length > 0 || facts.isHeard(id)) continue;
      if (
        facts.model.ofType('AWS::Chatbot::SlackChannelConfiguration', 'AWS::Chatbot::MicrosoftTeamsChannelConfiguration').some((chat) =>
          chat
            .get('SnsTopicArns')
            .items()
            .some((arn) => facts.model.targets(arn).some((target) => target.kind === 'resource' && target.resource.id === id)),
        )
      )
        continue;
      const alarms = facts.graph.alarms.filter((alarm) => alarm.actions.includes(id));
      yield {
        resources: [node.resource],
        path: [id],
        message: `${alarms.length} ${alarms.length === 1 ? 'alarm publishes' : 'alarms publish'} to ${node.label}, to which nothing in the reviewed templates subscribes`,
        fix: `subscribe somebody to ${node.label} (AWS::SNS::Subscription), or declare that it is heard elsewhere: "heard": ["${node.label}"]`,
      };
    }
  },
};
