import { choiceOf, type ProjectContext } from "./context.ts";
import { servedByVllm } from "./deployment-settings.ts";
import { code } from "./markdown.ts";
import { seconds } from "./quantities.ts";

/**
 * What SageMaker waits for an answer is 60 s (docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html);
 * the project's endpoint gives up before.
 */
const ANSWER_SECONDS = 55;

/** Whether the replicas are SageMaker's, and the project can speak to it. */
export const onSageMaker = (context: ProjectContext): boolean =>
  context.plan.serving?.offer?.platform === "sagemaker" && choiceOf(context, "platform")?.used?.id === "sagemaker";

/** From the exported weights to an endpoint that answers; nothing where the plan counts on another platform. */
export function endpointSteps(context: ProjectContext): string[] {
  const { serving } = context.plan;
  if (serving === undefined || !onSageMaker(context)) return [];
  const { timeToFirstTokenSeconds: first, timePerOutputTokenSeconds: each, longestRequest } = serving;
  const longest = first.high + each.high * longestRequest.outputTokens;
  return [
    `As the SageMaker endpoint that the plan counted on: ${code("scripts/launch_sagemaker.sh images")}, then ${code("scripts/launch_sagemaker.sh deploy")}. It scales as ${code("platforms/sagemaker/settings.yaml")} says and is billed until ${code("undeploy")}; ${code("platforms/sagemaker/README.md")} shows a call.`,
    ...(context.targets.has("load-test")
      ? [
          `Load it: while ${code("scripts/launch_sagemaker.sh proxy")} runs, the endpoint has an address on this machine for ${code('make load-test ARGS="--url http://127.0.0.1:8000"')}.`,
        ]
      : []),
    ...(longest > ANSWER_SECONDS
      ? [
          `Mind its longest answers: at the slow end of the plan they take ${seconds(longest)}, and the endpoint gives up an answer that has not begun after ${ANSWER_SECONDS} s, as SageMaker does after 60. ${servedByVllm(context) ? "Let callers stream those." : "Let requests be shorter (configs/serve.yaml), or serve them elsewhere."}`,
        ]
      : []),
  ];
}
