import { type App, type Receiver, type ReceiverEvent, SocketModeReceiver } from "@slack/bolt";
import type { Logger } from "@slack/logger";
import type { WebClientOptions } from "@slack/web-api";
import { type Heard, heard } from "./heard.ts";
import type { Intake, Outcome } from "./intake.ts";

/** What Bolt hands to listeners of a delivery that passed the inbox. */
export interface Passed {
  heard: Heard;
  outcome: Outcome;
}

/**
 * Puts the inbox in front of a receiver's app: Bolt acknowledges an event before any listener sees it, so what has to be
 * kept is kept here. What fails is not acknowledged, and Slack sends it again.
 */
function durable(app: App, intake: Intake, admit: (event: ReceiverEvent) => void): Pick<App, "processEvent"> {
  return {
    async processEvent(event) {
      admit(event);
      const what = heard(event.body);
      const outcome = await intake(what);
      const passed: Passed = { heard: what, outcome };
      await app.processEvent({ ...event, customProperties: { ...event.customProperties, ...passed } });
    },
  };
}

export interface SocketsSetting {
  appToken: string;
  clientOptions: WebClientOptions;
  logger: Logger;
  intake: Intake;
  /** Two, so that one is open while Slack renews the other. */
  connections: number;
  /** After so long without an answer to a ping, and so long after a loss, a socket is opened again. */
  pingMs?: number;
}

/** Socket Mode over several sockets, which share what arrives. */
export function socketsReceiver(
  setting: SocketsSetting,
): Receiver & { isConnected(): boolean; close(): Promise<void> } {
  const receivers = Array.from(
    { length: setting.connections },
    () =>
      new SocketModeReceiver({
        appToken: setting.appToken,
        logger: setting.logger,
        installerOptions: { clientOptions: setting.clientOptions },
        ...(setting.pingMs === undefined ? {} : { clientPingTimeout: setting.pingMs }),
        // What failed is not acknowledged: Slack sends it again.
        processEventErrorHandler: async ({ error, logger }) => {
          logger.error(`A delivery was not taken: ${error.message}`);
          return false;
        },
      }),
  );
  const open = new Set<SocketModeReceiver>();
  for (const each of receivers) {
    each.client.on("connected", () => open.add(each));
    for (const state of ["reconnecting", "disconnecting", "disconnected"])
      each.client.on(state, () => open.delete(each));
  }
  return {
    init: (app) => {
      for (const each of receivers) each.init(durable(app, setting.intake, () => {}) as App);
    },
    start: () => Promise.all(receivers.map((each) => each.start())),
    stop: () => Promise.all(receivers.map((each) => each.stop())),
    isConnected: () => open.size > 0,
    // Bolt's own stop does not wait for the sockets to close.
    close: async () => void (await Promise.all(receivers.map((each) => each.client.disconnect()))),
  };
}
