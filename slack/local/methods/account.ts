import { type Method, needs } from "./method.ts";

export const ACCOUNT: Readonly<Record<string, Method>> = {
  "api.test": { tier: "tier4", scopes: needs(), call: () => ({}) },
  "auth.test": {
    tier: "special",
    scopes: needs(),
    call: (_, { world, origin }) => ({
      url: `${origin}/`,
      team: world.team.domain,
      user: world.bot.name,
      team_id: world.team.id,
      user_id: world.bot.id,
      bot_id: world.botId,
      is_enterprise_install: false,
    }),
  },
  "apps.connections.open": {
    token: "app",
    tier: "connecting",
    scopes: needs("connections:write"),
    call: (_, { sockets, origin, world }) => ({
      url: `${origin.replace(/^http/, "ws")}/link/?ticket=${sockets.newTicket()}&app_id=${world.appId}`,
    }),
  },
};
