// Colours, fonts and what stands out: all that drawing depends on besides the data.

import { BEFORE, BOTH } from "./moments.js";
import { fade, luminance, mix } from "./text.js";

const DIMMED_NODE = 0.5;
const DIMMED_LINE = 0.34;
const FAINT_NODE = 0.4;
const FAINT_LINE = 0.18;
export const GONE = 0.05;

export class Scene {
  constructor(root, data) {
    this.data = data;
    const css = getComputedStyle(root);
    const variable = (name, otherwise) => {
      const value = css.getPropertyValue(name).trim();
      return value && value !== "unset" ? value : otherwise;
    };
    const dark = data.theme === "dark";
    this.background = variable("--st-background-color", dark ? "#171614" : "#ffffff");
    this.theme = luminance(this.background) < 0.3 ? "dark" : "light";
    this.text = variable("--st-text-color", this.theme === "dark" ? "#edebe8" : "#2f2d2b");
    this.font = variable("--st-font", css.fontFamily || "sans-serif");
    this.palette = data.palettes[this.theme];
    this.muted = mix(this.text, this.background, 0.76);
    this.border = mix(this.text, this.background, 0.5);
    this.hairline = mix(this.text, this.background, 0.16);
    this.band = mix(this.text, this.background, this.theme === "dark" ? 0.07 : 0.045);
    this.card = this.theme === "dark" ? mix(this.text, this.background, 0.1) : this.background;
    this.hidden = new Set();
    this.highlighted = null;
    this.played = null;
    this.time = BOTH;
  }

  /** Sets what is hidden by the legend, what is selected, how far a request is played, and which state is shown. */
  look(hidden, highlighted, played, time) {
    Object.assign(this, { hidden, highlighted, played, time });
  }

  /** Of [after, before] the one that is shown. */
  number([now, was]) {
    return this.time === BEFORE ? was : now;
  }

  /** Whether both numbers are told, since they differ. */
  moved([now, was]) {
    return Boolean(this.data.difference) && this.time === BOTH && now !== was;
  }

  isHidden(item) {
    return item.verdicts?.length > 0 && item.verdicts.every((verdict) => this.hidden.has(verdict));
  }

  isHighlighted(item) {
    if (this.played) return this.played.has(item);
    return this.highlighted !== null && Boolean(item.paths?.some((path) => this.highlighted.paths.has(path)));
  }

  /** How much of a node or an edge is seen. */
  alpha(item) {
    const isLine = item.from !== undefined;
    if (this.played) return this.played.has(item) ? 1 : isLine ? FAINT_LINE : FAINT_NODE;
    if (this.isHidden(item)) return GONE;
    if (this.highlighted && !this.isHighlighted(item) && item.id !== this.highlighted.node) {
      return isLine ? FAINT_LINE : FAINT_NODE;
    }
    if (item.change !== "same" || item.touched || this.highlighted) return 1;
    return isLine ? DIMMED_LINE : DIMMED_NODE;
  }

  style(verdict) {
    return this.palette[verdict ?? ""] ?? this.palette[""];
  }

  /** The looks of an edge's line as vis wants them. */
  line(edge) {
    const style = this.style(edge.verdict);
    const alpha = this.alpha(edge);
    let width = edge.thickness ?? (edge.verdict && !edge.trunk ? 2.6 : 1.7);
    let dashes = style.dashes.length && !edge.trunk ? style.dashes : false;
    if (edge.change === "arriving") width = Math.max(width, edge.thickness ? 3.6 : 5);
    if (edge.change === "leaving") dashes = [2, 5];
    if (this.isHighlighted(edge) && alpha === 1) width += this.played ? 2 : 1.4;
    const colour = fade(style.line, alpha);
    const scaleFactor = edge.thickness ? 0.3 : edge.change === "arriving" || edge.trunk ? 0.42 : 0.6;
    return { width, dashes, color: { color: colour, highlight: colour, hover: colour, inherit: false }, scaleFactor };
  }
}
