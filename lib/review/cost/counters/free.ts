/** Types that cost nothing themselves: what flows through them is counted where it arrives. */
const FREE: readonly RegExp[] = [
  /^AWS::IAM::/,
  /^AWS::CDK::/,
  /^AWS::CloudFormation::/,
  /^AWS::Lambda::(?:Permission|Version|Alias|EventSourceMapping|EventInvokeConfig|LayerVersion|LayerVersionPermission|CodeSigningConfig)$/,
  /^AWS::SQS::(?:QueuePolicy|QueueInlinePolicy)$/,
  /^AWS::SNS::(?:TopicPolicy|TopicInlinePolicy|Subscription)$/,
  /^AWS::S3::BucketPolicy$/,
  /^AWS::Events::(?:EventBusPolicy|Connection|ApiDestination)$/,
  /^AWS::EventSchemas::(?:Registry|Schema)$/,
  /^AWS::Scheduler::ScheduleGroup$/,
  /^AWS::KMS::Alias$/,
  /^AWS::SecretsManager::(?:SecretTargetAttachment|ResourcePolicy)$/,
  /^AWS::ApiGateway::(?:Account|BasePathMapping|Deployment|GatewayResponse|Method|Model|RequestValidator|Resource|ApiKey|UsagePlan|UsagePlanKey)$/,
  /^AWS::ApiGatewayV2::(?:ApiMapping|Deployment|Integration|IntegrationResponse|Model|Route|RouteResponse)$/,
  /^AWS::ApplicationAutoScaling::/,
  /^AWS::CodeDeploy::(?:Application|DeploymentConfig|DeploymentGroup)$/,
  /^AWS::Logs::(?:LogGroup|LogStream|SubscriptionFilter|ResourcePolicy|QueryDefinition)$/,
  /^AWS::EC2::(?:VPC|Subnet|RouteTable|Route|SubnetRouteTableAssociation|InternetGateway|VPCGatewayAttachment|SecurityGroup|SecurityGroupIngress|SecurityGroupEgress|NetworkAcl.*)$/,
  /^AWS::ECS::(?:Cluster|TaskDefinition|ClusterCapacityProviderAssociations)$/,
  /^AWS::ElasticLoadBalancingV2::(?:Listener|ListenerRule|TargetGroup)$/,
  /^AWS::SSM::Parameter$/,
  /^AWS::StepFunctions::(?:Activity|StateMachineAlias|StateMachineVersion)$/,
  /^AWS::WAFv2::(?:WebACLAssociation|IPSet|RegexPatternSet)$/,
  /^AWS::AppSync::(?:GraphQLSchema|Resolver|DataSource|FunctionConfiguration|ApiKey)$/,
  /^AWS::SES::(?:EmailIdentity|ConfigurationSet|ConfigurationSetEventDestination|Template|ContactList)$/,
  /^Custom::/,
];

export function isFree(type: string): boolean {
  return FREE.some((pattern) => pattern.test(type));
}
