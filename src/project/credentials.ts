import { choiceOf, decision, type ProjectContext } from "./context.ts";
import { tracker } from "./settings.ts";

/** What opens something that is reached with a key: which variables hold it, and how a person gets and changes it. */
export interface Credential {
  id: string;
  title: string;
  /** Variable → whether it is secret; an open one may hold a real default. */
  variables: { name: string; secret: boolean; example?: string; note?: string }[];
  obtain: string;
  rotate: string;
}

const CREDENTIALS = {
  huggingface: {
    id: "huggingface",
    title: "Hugging Face",
    variables: [{ name: "HF_TOKEN", secret: true, note: "read access is enough; needed for gated models" }],
    obtain: "https://huggingface.co/settings/tokens: create a fine-grained token with read access to the one model",
    rotate: "the same page: invalidate and refresh",
  },
  jobs: {
    id: "jobs",
    title: "Hugging Face",
    variables: [{ name: "HF_TOKEN", secret: true, note: "gated models, the run's private bucket, and the job" }],
    obtain:
      "https://huggingface.co/settings/tokens: create a fine-grained token that reads the base model, writes to your namespace and may start jobs; jobs need a payment method",
    rotate: "the same page: invalidate and refresh",
  },
  endpoints: {
    id: "endpoints",
    title: "Hugging Face",
    variables: [{ name: "HF_TOKEN", secret: true, note: "gated models, the weights' repository, and the endpoint" }],
    obtain:
      "https://huggingface.co/settings/tokens: create a fine-grained token that reads the base model, writes the one repository of your weights and manages Inference Endpoints; callers get another one, which may only call them",
    rotate: "the same page: invalidate and refresh",
  },
  serving: {
    id: "serving",
    title: "This project's own server",
    variables: [{ name: "API_KEY", secret: true, note: "callers send it; the server does not start without it" }],
    obtain: 'make one yourself: python -c "import secrets; print(secrets.token_urlsafe(32))"',
    rotate: "make another, restart the server, tell the callers",
  },
  wandb: {
    id: "wandb",
    title: "Weights & Biases",
    variables: [{ name: "WANDB_API_KEY", secret: true, note: "without it runs are recorded offline" }],
    obtain: "https://wandb.ai/authorize",
    rotate: "https://wandb.ai/settings: delete the key and make another",
  },
  mlflow: {
    id: "mlflow",
    title: "MLflow",
    variables: [
      { name: "MLFLOW_TRACKING_URI", secret: false, note: "empty: runs are recorded in the project's outputs folder" },
      { name: "MLFLOW_TRACKING_TOKEN", secret: true, note: "only for a server that asks for one" },
    ],
    obtain: "whoever runs your MLflow server",
    rotate: "whoever runs your MLflow server",
  },
  modal: {
    id: "modal",
    title: "Modal",
    variables: [
      { name: "MODAL_TOKEN_ID", secret: true },
      { name: "MODAL_TOKEN_SECRET", secret: true },
    ],
    obtain: "https://modal.com/settings/tokens, or `modal token new`",
    rotate: "the same page: delete the token and make another",
  },
  lambda: {
    id: "lambda",
    title: "Lambda",
    variables: [
      { name: "LAMBDA_API_KEY", secret: true, note: "rents and ends machines; never sent to one" },
      { name: "LAMBDA_SSH_KEY_FILE", secret: false, note: "empty: ssh's own choice of a private key" },
    ],
    obtain: "https://cloud.lambda.ai/api-keys",
    rotate: "the same page: delete the key and make another; SSH keys are apart from it",
  },
  runpod: {
    id: "runpod",
    title: "RunPod",
    variables: [{ name: "RUNPOD_API_KEY", secret: true, note: "only to start machines from a program" }],
    obtain: "https://console.runpod.io/user/settings, section API Keys",
    rotate: "the same page: revoke the key and make another",
  },
  aws: {
    id: "aws",
    title: "AWS",
    variables: [
      { name: "AWS_PROFILE", secret: false, note: "a profile of `aws configure sso`: no key in any file" },
      { name: "AWS_DEFAULT_REGION", secret: false, example: "us-east-1" },
    ],
    obtain: "IAM Identity Center (`aws configure sso`) gives short-lived credentials; on AWS machines use a role",
    rotate: "short-lived credentials end by themselves; a role is changed in IAM",
  },
  sagemaker: {
    id: "sagemaker",
    title: "SageMaker",
    variables: [
      { name: "SAGEMAKER_ROLE_ARN", secret: false, note: "what jobs and endpoints may do: platforms/sagemaker" },
      { name: "SAGEMAKER_BUCKET", secret: false, note: "private, in the region of settings.yaml" },
    ],
    obtain: "IAM: a role that sagemaker.amazonaws.com may assume; S3: a bucket without public access",
    rotate: "a role has no key; take rights from it in IAM",
  },
  bucket: {
    id: "bucket",
    title: "A bucket for checkpoints",
    variables: [
      {
        name: "CHECKPOINT_URL",
        secret: false,
        note: "such as s3://my-bucket/my-run: an interrupted run goes on from it",
      },
    ],
    obtain: "the storage of a cloud that `sky check` lists",
    rotate: "it has no key of its own: the cloud's account opens it",
  },
  gcp: {
    id: "gcp",
    title: "Google Cloud",
    variables: [
      { name: "GOOGLE_CLOUD_PROJECT", secret: false, note: "credentials: `gcloud auth application-default login`" },
    ],
    obtain: "`gcloud auth application-default login`; on Google machines an attached service account",
    rotate: "`gcloud auth application-default revoke`, then log in again",
  },
  azure: {
    id: "azure",
    title: "Azure",
    variables: [{ name: "AZURE_SUBSCRIPTION_ID", secret: false, note: "credentials: `az login`" }],
    obtain: "`az login`; on Azure machines a managed identity",
    rotate: "`az logout`, then log in again",
  },
} as const satisfies Record<string, Credential>;

/** Platform ids of the catalog that are reached through another name's account. */
const PLATFORM_ACCOUNTS: readonly (readonly [RegExp, keyof typeof CREDENTIALS])[] = [
  [/^(aws|sagemaker|ec2)/, "aws"],
  [/^sagemaker/, "sagemaker"],
  [/^(gcp|google|vertex)/, "gcp"],
  [/^azure/, "azure"],
  [/^modal/, "modal"],
  [/^lambda/, "lambda"],
  [/^runpod/, "runpod"],
];

/** The credentials this project can use, in a fixed order. */
export function credentialsOf(context: ProjectContext): Credential[] {
  const endpoints = choiceOf(context, "deployment")?.used?.id === "hf-inference-endpoints";
  const jobs = choiceOf(context, "platform")?.used?.id === "hf-jobs";
  const hub: (keyof typeof CREDENTIALS)[] = endpoints || jobs ? [] : ["huggingface"];
  if (jobs) hub.push("jobs");
  if (endpoints) hub.push("endpoints");
  const used = new Set<keyof typeof CREDENTIALS>([...hub, "serving"]);
  const tracking = tracker(context);
  if (tracking === "wandb" || tracking === "mlflow") used.add(tracking);
  const places = [
    decision(context.plan, "platform")?.choice,
    decision(context.plan, "deployment")?.choice,
    context.hardware?.offer?.platform,
    choiceOf(context, "platform")?.used?.id,
    choiceOf(context, "deployment")?.used?.id,
  ];
  for (const [pattern, id] of PLATFORM_ACCOUNTS)
    if (places.some((p) => p !== undefined && pattern.test(p))) used.add(id);
  if (places.includes("skypilot") && context.plan.launch?.skypilot?.mountsBuckets !== false) used.add("bucket");
  return (Object.keys(CREDENTIALS) as (keyof typeof CREDENTIALS)[])
    .filter((id) => used.has(id))
    .map((id) => CREDENTIALS[id]);
}
