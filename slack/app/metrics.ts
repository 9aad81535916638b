import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Database } from "../store/database.ts";

/** What can be measured from outside; no label holds a person, a channel or a word. */
export interface Metrics {
  acknowledged(delivery: string, seconds: number): void;
  answered(incoming: string, seconds: number): void;
  sent(outgoing: string, result: "sent" | "later" | "refused" | "unknown"): void;
  failed(): void;
  /** As Prometheus reads it. */
  text(): Promise<string>;
  contentType: string;
}

export function metricsOf(db: Database): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register, prefix: "ml_architect_" });
  const registers = [register];
  const acknowledgement = new Histogram({
    name: "ml_architect_acknowledgement_seconds",
    help: "From a delivery's arrival to its acknowledgement; Slack waits three seconds",
    labelNames: ["delivery"] as const,
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3],
    registers,
  });
  const answer = new Histogram({
    name: "ml_architect_answer_seconds",
    help: "To work one answer out",
    labelNames: ["incoming"] as const,
    buckets: [0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers,
  });
  const sends = new Counter({
    name: "ml_architect_sends_total",
    help: "What was sent to Slack or GitHub, and how it ended",
    labelNames: ["outgoing", "result"] as const,
    registers,
  });
  const failures = new Counter({ name: "ml_architect_failures_total", help: "Errors that were logged", registers });
  new Gauge({
    name: "ml_architect_waiting",
    help: "Rows of the inbox and the outbox that are not done",
    labelNames: ["box"] as const,
    registers,
    async collect() {
      const [row] = await db.query<{ inbox: number; outbox: number }>(
        `select (select count(*)::int from slack.inbox where state = 'new') as inbox,
                (select count(*)::int from slack.outbox where state in ('new', 'sending')) as outbox`,
      );
      this.set({ box: "inbox" }, row!.inbox);
      this.set({ box: "outbox" }, row!.outbox);
    },
  });
  return {
    acknowledged: (delivery, seconds) => acknowledgement.observe({ delivery }, seconds),
    answered: (incoming, seconds) => answer.observe({ incoming }, seconds),
    sent: (outgoing, result) => sends.inc({ outgoing, result }),
    failed: () => failures.inc(),
    text: () => register.metrics(),
    contentType: register.contentType,
  };
}
