/**
 * The engine holds the read end of a pipe whose write end is ours. However we end (return, exception, Ctrl-C, SIGKILL), the kernel closes it, and the
 * engine kills its own process group: itself and every function process. It needs no handler on our side and works on Linux and macOS.
 *
 * What the engine does otherwise than AWS, and what apps stand on, is mended here: it is what apps are written for that counts.
 */
export const LAUNCHER = [
  'import os, signal, sys, threading',
  'def end_with_parent():',
  '    while os.read(0, 4096): pass',
  '    os.killpg(os.getpgrp(), signal.SIGKILL)',
  'if sys.argv[1] == "follow": threading.Thread(target=end_with_parent, daemon=True).start()',
  // Loopback stands for TLS: else every policy that asks for it (CDK's enforceSSL) would deny everything here.
  'from ministack.core import iam_evaluator',
  'pin_request_origin = iam_evaluator.pin_request_origin',
  'iam_evaluator.pin_request_origin = lambda address, secure: pin_request_origin(address, True)',
  // An engine that saves its state answers nobody, and yet would hand out messages: each would spend its attempts on functions that reach nothing.
  'from ministack.core import persistence',
  'save_all = persistence.save_all',
  'def take_no_more_messages_and_save(services):',
  '    functions = sys.modules.get("ministack.services.lambda_svc")',
  '    if functions: functions._poll_sqs = lambda: False',
  '    save_all(services)',
  'persistence.save_all = take_no_more_messages_and_save',
  // A batch needs the permission of a single message: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
  'from ministack.core import iam_actions',
  'extract_iam_action = iam_actions.extract_iam_action',
  'def action_of_one(service, *args):',
  '    found = extract_iam_action(service, *args)',
  '    return found.removesuffix("Batch") if service == "sqs" and found else found',
  'iam_actions.extract_iam_action = action_of_one',
  // Policies may name the alarms that are asked for: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
  'import json',
  'extract_resource_arn, enforce = iam_actions.extract_resource_arn, iam_evaluator.enforce',
  'def arns_of_alarms(service, method, path, headers, body, query_params, region, account_id):',
  '    found = extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)',
  '    if service != "monitoring" or found != "*" or not headers.get("x-amz-target", "").endswith(".DescribeAlarms"): return found',
  '    names = json.loads(body or b"{}").get("AlarmNames") or []',
  '    return "\\n".join(f"arn:aws:cloudwatch:{region}:{account_id}:alarm:{name}" for name in names) or found',
  'def enforce_each(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):',
  '    for arn in resource_arn.split("\\n"):',
  '        if denied := enforce(access_key_id, iam_action, service, region, resource_arn=arn, service_context=service_context): return denied',
  'iam_actions.extract_resource_arn, iam_evaluator.enforce = arns_of_alarms, enforce_each',
  // The name of what a handler threw is what callers and state machines go by: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
  'from ministack.core import lambda_runtime',
  'from ministack.services import lambda_svc',
  'SCRIPT, ERROR = "_NODEJS_WORKER_SCRIPT", "error: String(err.message || err), "',
  'setattr(lambda_runtime, SCRIPT, getattr(lambda_runtime, SCRIPT).replace(ERROR, ERROR + "name: err.name, "))',
  'thrown = threading.local()',
  'invoke, execute = lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm',
  'def remember_name(*args, **options):',
  '    result = invoke(*args, **options)',
  '    thrown.name = result.get("name")',
  '    return result',
  'def tell_name(*args, **options):',
  '    thrown.name = None',
  '    result = execute(*args, **options)',
  '    if result.get("error") and thrown.name: result["body"]["errorType"] = thrown.name',
  '    return result',
  'lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm = remember_name, tell_name',
  'sys.argv = ["ministack"]',
  'from ministack.app import main',
  'main()',
].join('\n');
