import type { Template } from "../generate.ts";

const cards2 = { accelerator: "rtx-4090", acceleratorCount: 2 };

/** Digits, units, counts, hardware and money words of other languages. */
export const languages: Template[] = [
  {
    says: "wir haben zwei 4090 und 12.000 Beispiele, {model} mit {adapter} trainieren",
    means: { ...cards2, exampleCount: 12000 },
  },
  {
    says: "{model} feinabstimmen, 50.000 Tickets, Budget 500 Euro, bis Freitag",
    means: { exampleCount: 50000, budget: { amount: 500, currency: "EUR" }, deadlineHours: { min: 96, max: 145 } },
    never: ["budgetUsd"],
    mayMean: { method: "*" },
  },
  {
    says: "Server mit vier A100 80GB und 512 GB Arbeitsspeicher, {model}, {method}",
    means: { accelerator: "a100-80gb", acceleratorCount: 4, hostMemoryGib: 512 },
  },
  {
    says: "DSGVO beachten, keine Cloud, {model} auf {card}",
    means: { constraints: ["gdpr", "no-cloud"] },
    mayMean: { deploymentTarget: "*" },
  },
  {
    says: "Grafikkarte mit 24 GB, {adapter}, {model}, 3 Epochen, 8 Tausend Datensätze",
    means: { acceleratorMemoryGib: 24, epochs: 3, exampleCount: 8000 },
    mayMean: { acceleratorCount: 1 },
  },
  {
    says: "Antwortzeit unter 300 ms bei 20 Anfragen pro Sekunde, {model}",
    means: { latencyMs: 300, requestsPerSecond: 20 },
    mayMean: { phase: "serve" },
  },
  { says: "on a deux 4090 et 12 000 exemples, {adapter} sur {model}", means: { ...cards2, exampleCount: 12000 } },
  {
    says: "affiner {model} avec 30 000 lignes, budget 400 euros par mois",
    means: { exampleCount: 30000, budget: { amount: 400, currency: "EUR" }, budgetPeriod: "month" },
    never: ["budgetUsd"],
    mayMean: { method: "*" },
  },
  {
    says: "RGPD obligatoire, pas de cloud, quatre L40S, {model}",
    means: { constraints: ["gdpr", "no-cloud"], accelerator: "l40s", acceleratorCount: 4 },
    mayMean: { deploymentTarget: "*" },
  },
  {
    says: "carte de 24 Go, 64 Go de RAM, {adapter} {model}, 5 mille exemples",
    means: { acceleratorMemoryGib: 24, hostMemoryGib: 64, exampleCount: 5000 },
    mayMean: { acceleratorCount: 1 },
  },
  { says: "il faut finir en 3 jours sur {cards}, {model} {adapter}", means: { deadlineHours: 72 } },
  { says: "tenemos dos 4090 y 12.000 ejemplos, {adapter} de {model}", means: { ...cards2, exampleCount: 12000 } },
  {
    says: "quiero ajustar {model} con 20 mil filas, presupuesto 300 dólares",
    means: { exampleCount: 20000, budgetUsd: 300 },
    mayMean: { method: "*" },
  },
  {
    says: "sin nube, cuatro T4, {model}, 10 usuarios simultáneos",
    means: { constraints: ["no-cloud"], accelerator: "t4", acceleratorCount: 4, concurrentUsers: 10 },
    mayMean: { deploymentTarget: "*", phase: "serve" },
  },
  { says: "necesito entrenar {model} en 5 días, {cards}, {adapter}", means: { deadlineHours: 120 } },
  {
    says: "tarjeta de 16 GB y 32 GB de RAM, {adapter} para {model}, 3 épocas",
    means: { acceleratorMemoryGib: 16, hostMemoryGib: 32, epochs: 3 },
    mayMean: { acceleratorCount: 1 },
  },
  { says: "temos duas 4090 e 12 mil exemplos, {adapter} no {model}", means: { ...cards2, exampleCount: 12000 } },
  {
    says: "orçamento de R$ 2000, {model} com {adapter}, 8 mil linhas",
    means: { budget: { amount: 2000, currency: "BRL" }, exampleCount: 8000 },
    never: ["budgetUsd"],
  },
  {
    says: "placa de 24 GB, 64 GB de RAM, treinar {model} com {adapter} em 2 semanas",
    means: { acceleratorMemoryGib: 24, hostMemoryGib: 64, deadlineHours: 336 },
    mayMean: { acceleratorCount: 1 },
  },
  {
    says: "LGPD, sem nuvem, três L4, {model}",
    means: { constraints: ["no-cloud"], accelerator: "l4", acceleratorCount: 3 },
    mayMean: { constraints: ["gdpr"], deploymentTarget: "*" },
  },
  { says: "两张4090,5万条数据,{adapter}微调{model}", means: { ...cards2, exampleCount: 50000 } },
  {
    says: "8卡A100 80G,{model}全参微调,内存512G",
    means: { accelerator: "a100-80gb", acceleratorCount: 8, method: "full", hostMemoryGib: 512 },
  },
  {
    says: "单卡3090 24G显存,{adapter} {model},最大长度2048,3轮",
    means: { accelerator: "rtx-3090", acceleratorCount: 1, acceleratorMemoryGib: 24, sequenceLength: 2048, epochs: 3 },
  },
  {
    says: "预算500美元,三天内完成,{model} {adapter},2万条",
    means: { budgetUsd: 500, deadlineHours: 72, exampleCount: 20000 },
  },
  {
    says: "不能用云,本地部署{model},10个并发用户",
    means: { constraints: ["no-cloud"], concurrentUsers: 10 },
    mayMean: { deploymentTarget: "*", phase: "serve" },
  },
  {
    says: "4090を2枚持っています。{model}を{adapter}で、データは3万件",
    means: { ...cards2, exampleCount: 30000 },
    mayMean: { owned: true },
  },
  {
    says: "予算は5万円、{model}を{adapter}、{card}",
    means: { budget: { amount: 50000, currency: "JPY" } },
    never: ["budgetUsd"],
  },
  {
    says: "VRAM 16GB、メモリ64GB、{model}の{adapter}は可能ですか",
    means: { acceleratorMemoryGib: 16, hostMemoryGib: 64 },
    mayMean: { acceleratorCount: 1 },
  },
  {
    says: "クラウド禁止、オンプレでA100 80GB 4枚、{model}をフルファインチューニング",
    means: {
      constraints: ["no-cloud"],
      deploymentTarget: "on-premises",
      accelerator: "a100-80gb",
      acceleratorCount: 4,
      method: "full",
    },
  },
  { says: "3日以内に{model}を学習したい、{cards}、{adapter}", means: { deadlineHours: 72 } },
  {
    says: "vier L40S vorhanden, keine Daten in die Cloud, {model} mit {adapter}",
    means: { accelerator: "l40s", acceleratorCount: 4, constraints: ["no-cloud"] },
    mayMean: { deploymentTarget: "*", owned: true },
  },
  {
    says: "Kosten maximal 300 Euro, 20.000 Zeilen, {model}, {adapter}",
    means: { budget: { amount: 300, currency: "EUR" }, exampleCount: 20000 },
    never: ["budgetUsd"],
  },
  {
    says: "brauchen das in 3 Wochen, {model} {adapter}, fünf Tausend Beispiele",
    means: { deadlineHours: 504, exampleCount: 5000 },
  },
  {
    says: "ohne Internet im Werk, {model} auf {card}, 50 Nutzer gleichzeitig",
    means: { constraints: ["air-gapped"], concurrentUsers: 50 },
    mayMean: { constraints: ["offline", "no-cloud"], phase: "serve", deploymentTarget: "*" },
  },
  {
    says: "nous avons quatre A100 80 Go, {method} de {model}, 100 000 exemples",
    means: { accelerator: "a100-80gb", acceleratorCount: 4, exampleCount: 100000 },
    mayMean: { acceleratorMemoryGib: 80 },
  },
  {
    says: "délai de deux semaines, {model} {adapter}, 25 000 documents",
    means: { deadlineHours: 336, exampleCount: 25000 },
  },
  {
    says: "les données doivent rester en Europe, {model} {adapter} {rows}",
    means: { constraints: ["eu-only"] },
    mayMean: { constraints: ["gdpr"] },
  },
  {
    says: "latence sous 200 ms, 15 requêtes par seconde, {model}",
    means: { latencyMs: 200, requestsPerSecond: 15 },
    mayMean: { phase: "serve" },
  },
  {
    says: "presupuesto máximo 500 euros, 3 épocas, {model} con {adapter}",
    means: { budget: { amount: 500, currency: "EUR" }, epochs: 3 },
    never: ["budgetUsd"],
  },
  {
    says: "los datos no pueden salir de la empresa, tres RTX 3090, {model}",
    means: { constraints: ["no-cloud"], accelerator: "rtx-3090", acceleratorCount: 3 },
    mayMean: { deploymentTarget: "*" },
  },
  {
    says: "antes del viernes, {model} con {adapter}, dos millones de filas",
    means: { deadlineHours: { min: 96, max: 145 }, exampleCount: 2e6 },
  },
  {
    says: "uma RTX 4090 e 64 GB de memória RAM, {model} com {adapter}, 3 épocas",
    means: { accelerator: "rtx-4090", acceleratorCount: 1, hostMemoryGib: 64, epochs: 3 },
  },
  {
    says: "até sexta, {model} {adapter}, 15 mil conversas",
    means: { deadlineHours: { min: 96, max: 145 }, exampleCount: 15000 },
  },
  { says: "os dados não podem sair do Brasil, {model} {adapter} {rows}", mayMean: { constraints: "*" } },
  {
    says: "四张A6000 48G,{model} {adapter},批大小2,序列长度4096",
    means: { accelerator: "rtx-a6000", acceleratorCount: 4, microBatchSize: 2, sequenceLength: 4096 },
    mayMean: { acceleratorMemoryGib: 48 },
  },
  {
    says: "显存16G,内存32G,能{adapter} {model}吗",
    means: { acceleratorMemoryGib: 16, hostMemoryGib: 32 },
    mayMean: { acceleratorCount: 1 },
  },
  {
    says: "每月预算3000元,部署{model},20 QPS",
    means: { budget: { amount: 3000, currency: "CNY" }, budgetPeriod: "month", requestsPerSecond: 20 },
    never: ["budgetUsd"],
    mayMean: { phase: "serve" },
  },
  {
    says: "一百万条数据,两周内,8张A100 80G,{model}全量微调",
    means: { exampleCount: 1e6, deadlineHours: 336, accelerator: "a100-80gb", acceleratorCount: 8, method: "full" },
    mayMean: { acceleratorMemoryGib: 80 },
  },
  {
    says: "RTX 4090 1枚、{model}を{adapter}したい。データ1万件、3エポック",
    means: { accelerator: "rtx-4090", acceleratorCount: 1, exampleCount: 10000, epochs: 3 },
  },
  {
    says: "H100が8枚あります。{model}、シーケンス長4096、バッチサイズ2",
    means: { accelerator: "h100", acceleratorCount: 8, sequenceLength: 4096, microBatchSize: 2 },
    mayMean: { owned: true },
  },
  {
    says: "月額予算500ドル、同時ユーザー20人、{model}を提供",
    means: { budgetUsd: 500, budgetPeriod: "month", concurrentUsers: 20 },
    mayMean: { phase: "serve" },
  },
  {
    says: "社外にデータを出せない、{card}、{model}、2週間以内",
    means: { constraints: ["no-cloud"], deadlineHours: 336 },
    mayMean: { deploymentTarget: "*" },
  },
];
