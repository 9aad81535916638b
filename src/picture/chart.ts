/** A chart as Vega-Lite describes it: JSON that notebooks show as they are and `adapters/picture` turns into SVG. */
export type Chart = { $schema: string } & Record<string, unknown>;

export type Theme = "light" | "dark";

interface Palette {
  background: string;
  text: string;
  muted: string;
  grid: string;
  /** An ordinary part, the part to cut first, what nobody can cut. */
  part: string;
  binding: string;
  overhead: string;
  /** The limit of the device. */
  limit: string;
  /** The plan that was chosen, then the others. */
  series: readonly string[];
}

/** Okabe and Ito's colours (2008), which the colour-blind tell apart; lightness differs too, for prints in grey. */
const PALETTES: Record<Theme, Palette> = {
  light: {
    background: "#ffffff",
    text: "#1f2328",
    muted: "#59636e",
    grid: "#e6e9ed",
    part: "#56a0d3",
    binding: "#d55e00",
    overhead: "#b8c0c8",
    limit: "#1f2328",
    series: ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#8a6d00", "#59636e"],
  },
  dark: {
    background: "#0d1117",
    text: "#e6edf3",
    muted: "#9198a1",
    grid: "#262c36",
    part: "#4c94cc",
    binding: "#f0883e",
    overhead: "#565e69",
    limit: "#e6edf3",
    series: ["#f0883e", "#56b4e9", "#3fb98f", "#dd95bd", "#e3c34a", "#9198a1"],
  },
};

export const paletteOf = (theme: Theme): Palette => PALETTES[theme];

/** What all charts share: schema, size, type and quiet axes. `v5` is what JupyterLab, VS Code and GitHub's viewers show. */
export function chart(theme: Theme, title: string, subtitle: string, rest: Record<string, unknown>): Chart {
  const c = paletteOf(theme);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: { text: title, subtitle, anchor: "start", color: c.text, subtitleColor: c.muted, offset: 14 },
    width: 520,
    background: c.background,
    padding: 16,
    config: {
      font: "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif",
      title: { fontSize: 15, subtitleFontSize: 12, subtitlePadding: 6 },
      view: { stroke: null },
      axis: {
        labelColor: c.muted,
        titleColor: c.muted,
        gridColor: c.grid,
        domain: false,
        ticks: false,
        labelFontSize: 12,
        titleFontSize: 12,
        titleFontWeight: "normal",
        labelPadding: 6,
      },
      text: { color: c.text, fontSize: 12 },
    },
    ...rest,
  };
}
