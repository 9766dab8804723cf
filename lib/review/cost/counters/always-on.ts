import type { Resource } from '../../../topology';
import { HOURS_A_MONTH } from '../amounts';
import type { Counter, Counting } from '../charge';

const hourly = (type: string, item: `${string}/${string}`, because: string, rest: string): Counter => ({
  types: [type],
  count(resource, counting) {
    counting.quantity(resource, 'always on', item, HOURS_A_MONTH, () => because);
    counting.unpriced(resource, rest);
  },
});

/** What costs by the hour, traffic or not. */
export const natGateways = hourly(
  'AWS::EC2::NatGateway',
  'AmazonEC2/NatGateway-Hours',
  '1 NAT gateway all month',
  'bytes through the gateway are not in a template',
);
export const loadBalancers: Counter = {
  types: ['AWS::ElasticLoadBalancingV2::LoadBalancer'],
  count(balancer, counting) {
    if (!balancer.get('Type').isAbsent && !balancer.get('Type').canBe('application'))
      return counting.unpriced(balancer, 'only application load balancers are priced');
    counting.quantity(balancer, 'always on', 'AWSELB/LoadBalancerUsage', HOURS_A_MONTH, () => '1 application load balancer all month');
    counting.unpriced(balancer, 'capacity units depend on connections, bytes and rules');
  },
};

/** Fargate services: vCPU and memory of the tasks that are wanted. */
export const containerServices: Counter = {
  types: ['AWS::ECS::Service'],
  count(service, counting) {
    const task = counting.topology.model.single(service.get('TaskDefinition'), 'AWS::ECS::TaskDefinition');
    const wanted = service.get('DesiredCount').number(1);
    const cpu = task && numberOf(task, 'Cpu');
    const memory = task && numberOf(task, 'Memory');
    if (!task || cpu === undefined || memory === undefined || typeof wanted !== 'number' || service.get('LaunchType').canBe('EC2'))
      return counting.unpriced(service, 'tasks whose size or number the template does not tell');
    const arm = task.get('RuntimePlatform', 'CpuArchitecture').canBe('ARM64');
    countTasks(service, counting, wanted, cpu / 1024, memory / 1024, arm);
  },
};

function countTasks(service: Resource, counting: Counting, wanted: number, cpu: number, memory: number, arm: boolean) {
  const because = () => `${wanted} tasks of ${cpu} vCPU and ${memory} GB all month`;
  counting.quantity(
    service,
    'always on',
    arm ? 'AmazonECS/Fargate-ARM-vCPU-Hours:perCPU' : 'AmazonECS/Fargate-vCPU-Hours:perCPU',
    wanted * cpu * HOURS_A_MONTH,
    because,
  );
  counting.quantity(
    service,
    'always on',
    arm ? 'AmazonECS/Fargate-ARM-GB-Hours' : 'AmazonECS/Fargate-GB-Hours',
    wanted * memory * HOURS_A_MONTH,
    because,
  );
}

function numberOf(task: Resource, property: string): number | undefined {
  const value = task.get(property).number('unknown');
  return typeof value === 'number' ? value : undefined;
}

export const webFirewalls: Counter = {
  types: ['AWS::WAFv2::WebACL'],
  count(list, counting) {
    const rules = list.get('Rules').items().length;
    counting.quantity(list, 'always on', 'awswaf/WebACLV2', 1, () => '1 web ACL');
    counting.quantity(list, 'always on', 'awswaf/RuleV2', rules, () => `${rules} rules`);
    counting.unpriced(list, 'requests: which of the ingresses it guards is not followed');
  },
};
