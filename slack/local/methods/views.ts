import type { Arguments } from "../arguments.ts";
import { Refused } from "../refused.ts";
import type { Site } from "../site.ts";
import type { View } from "../views.ts";
import { type Method, needs } from "./method.ts";

const TRIGGER_ERRORS = { unknown: "invalid_trigger_id", expired: "expired_trigger_id", used: "exchanged_trigger_id" };

/** The person whose click or command this trigger came from; good for one view, for three seconds. */
function triggered(args: Arguments, site: Site): string {
  const userId = site.triggers.use(args.text("trigger_id"));
  if (userId in TRIGGER_ERRORS) throw new Refused(TRIGGER_ERRORS[userId as keyof typeof TRIGGER_ERRORS]);
  return userId;
}

function answer(view: View, site: Site): { view: Record<string, unknown> } {
  site.world.announce({ kind: "other" });
  return { view: site.views.json(view) };
}

const payload = (args: Arguments): unknown => args.json("view", "invalid_arguments");

export const VIEWS: Readonly<Record<string, Method>> = {
  "views.open": {
    tier: "tier4",
    scopes: needs(),
    call: (args, site) => answer(site.views.open(triggered(args, site), payload(args)), site),
  },
  "views.push": {
    tier: "tier4",
    scopes: needs(),
    call: (args, site) => answer(site.views.push(triggered(args, site), payload(args)), site),
  },
  "views.update": {
    tier: "tier4",
    scopes: needs(),
    call: (args, site) => {
      const view = site.views.find(args.maybe("view_id"), args.maybe("external_id"));
      return answer(site.views.update(view, payload(args), args.maybe("hash")), site);
    },
  },
  "views.publish": {
    tier: "tier4",
    scopes: needs(),
    call: (args, site) => {
      const userId = args.text("user_id");
      if (!site.world.users.has(userId)) throw new Refused("user_not_found");
      if (!site.manifest.features.app_home.home_tab_enabled) throw new Refused("not_enabled");
      return answer(site.views.publish(userId, payload(args), args.maybe("hash")), site);
    },
  },
};
