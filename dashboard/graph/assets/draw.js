// What is drawn on the canvas, and how: everything here takes a 2D context, the Scene and plain data.

const RADIUS = 7;
const DIMMED_NODE = 0.5;
const DIMMED_LINE = 0.34;
const FAINT_NODE = 0.4;
const FAINT_LINE = 0.18;
const GONE = 0.05;

/** Icons on a grid of 16 × 16, as strokes. */
const ICONS = {
  client: "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.7 13.6c.5-2.6 2.6-4 5.3-4s4.8 1.4 5.3 4",
  gateway: "M2.5 14V7.5a5.5 5.5 0 0 1 11 0V14M6.2 14V8.6a1.8 1.8 0 0 1 3.6 0V14M1 14h14",
  listener: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM8 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2Z",
  route: "M1.5 8H5l4-4h5M5 8l4 4h5M12 1.8 14.2 4 12 6.2M12 9.8l2.2 2.2-2.2 2.2",
  service: "M8 1.8l5.4 3.1v6.2L8 14.2l-5.4-3.1V4.9Z",
  ztunnel: "M4.5 4.2h7a3.8 3.8 0 0 1 0 7.6h-7a3.8 3.8 0 0 1 0-7.6ZM4.5 4.2a3.8 3.8 0 0 1 0 7.6",
  waypoint: "M8 1.5 14.5 8 8 14.5 1.5 8ZM5.4 8h5M8.4 6l2 2-2 2",
  endpoints: "M5.5 2H14v8.5H5.5ZM2 5.5V14h8.5",
  cross: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  empty: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM4 12 12 4",
  question: "M5.4 5.8a2.7 2.7 0 1 1 4 2.4c-1 .6-1.4 1.1-1.4 2M8 13.2v.3",
};
const END_ICONS = { blackhole: "cross", "no-endpoints": "empty", invalid: "question" };

const shapes = new Map();
function icon(name) {
  if (!shapes.has(name)) shapes.set(name, new Path2D(ICONS[name]));
  return shapes.get(name);
}

/** Any CSS colour as [red, green, blue]. */
const probe = document.createElement("canvas").getContext("2d");
function channels(colour) {
  probe.fillStyle = "#000000";
  probe.fillStyle = colour;
  const text = probe.fillStyle;
  if (text.startsWith("#")) return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  return text.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function mix(colour, other, share) {
  const [one, two] = [channels(colour), channels(other)];
  return `rgb(${one.map((value, at) => Math.round(value * share + two[at] * (1 - share))).join(",")})`;
}

function fade(colour, alpha) {
  return `rgba(${channels(colour).join(",")},${alpha})`;
}

function luminance(colour) {
  const [red, green, blue] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Colours, fonts and what stands out: all that drawing depends on besides the data. */
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
  }

  /** Sets what is hidden by the legend and what is selected. */
  look(hidden, highlighted) {
    this.hidden = hidden;
    this.highlighted = highlighted;
  }

  isHidden(item) {
    return item.verdicts.length > 0 && item.verdicts.every((verdict) => this.hidden.has(verdict));
  }

  isHighlighted(item) {
    return this.highlighted !== null && item.paths.some((path) => this.highlighted.paths.has(path));
  }

  /** How much of a node or an edge is seen. */
  alpha(item) {
    const isLine = item.from !== undefined;
    if (this.isHidden(item)) return GONE;
    if (this.highlighted && !this.isHighlighted(item) && item.id !== this.highlighted.node) {
      return isLine ? FAINT_LINE : FAINT_NODE;
    }
    if (item.change !== "same" || item.touched || this.highlighted) return 1;
    return isLine ? DIMMED_LINE : DIMMED_NODE;
  }

  style(verdict) {
    return this.palette[verdict] ?? this.palette[""];
  }

  /** An edge as vis wants it. */
  line(edge) {
    const style = this.style(edge.verdict);
    const alpha = this.alpha(edge);
    let width = edge.verdict && !edge.trunk ? 2.6 : 1.7;
    let dashes = style.dashes.length && !edge.trunk ? style.dashes : false;
    if (edge.change === "arriving") width = 5;
    if (edge.change === "leaving") dashes = [2, 5];
    if (this.isHighlighted(edge) && alpha === 1) width += 1.4;
    const colour = fade(style.line, alpha);
    return {
      id: edge.id,
      from: edge.from,
      to: edge.to,
      width,
      dashes,
      color: { color: colour, highlight: colour, hover: colour, inherit: false },
      arrows: { to: { enabled: edge.arrows === "to", scaleFactor: edge.change === "arriving" || edge.trunk ? 0.42 : 0.6 } },
    };
  }
}

// --- Text --------------------------------------------------------------------------------------------------------

const fitted = new Map();

/** `text` as far as it fits into `width`, with an ellipsis; the middle is left out, since names differ at the ends. */
function fit(context, text, width) {
  const key = `${context.font}|${width}|${text}`;
  let found = fitted.get(key);
  if (found === undefined) {
    found = text;
    if (context.measureText(text).width > width) {
      let [least, most] = [0, text.length];
      while (least < most) {
        const kept = Math.ceil((least + most) / 2);
        if (context.measureText(ellipsis(text, kept)).width <= width) least = kept;
        else most = kept - 1;
      }
      found = ellipsis(text, least);
    }
    if (fitted.size > 5000) fitted.clear();
    fitted.set(key, found);
  }
  return found;
}

function ellipsis(text, kept) {
  const head = Math.ceil(kept * 0.6);
  return `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`;
}

function write(context, scene, text, x, y, { size, weight = 400, colour, align = "left", width = Infinity }) {
  context.font = `${weight} ${size}px ${scene.font}`;
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(width === Infinity ? text : fit(context, text, width), x, y);
}

// --- Nodes -------------------------------------------------------------------------------------------------------

function box(context, x, y, width, height, radius) {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
}

function drawIcon(context, name, x, y, size, colour, width = 1.4) {
  context.save();
  context.translate(x, y);
  context.scale(size / 16, size / 16);
  context.strokeStyle = colour;
  context.lineWidth = (width * 16) / size;
  context.lineCap = context.lineJoin = "round";
  context.stroke(icon(name));
  context.restore();
}

/** The function that vis calls for every node; `find` gives a node's data by its id. */
export function nodeRenderer(find, scene) {
  return ({ ctx, id, x, y }) => {
    const node = find(id);
    if (!node || node.kind === "point") return { drawNode() {}, nodeDimensions: { width: 0.1, height: 0.1 } };
    return {
      drawNode: () => drawNode(ctx, scene(), node, x, y),
      nodeDimensions: { width: node.width, height: node.height },
    };
  };
}

function drawNode(context, scene, node, x, y) {
  const { width, height } = node;
  const [left, top] = [x - width / 2, y - height / 2];
  const radius = node.kind === "ztunnel" || node.kind === "end" || node.kind === "client" ? height / 2 : RADIUS;
  context.save();
  context.setLineDash([]);
  // Lines never shine through a node, however faint it is.
  context.fillStyle = scene.background;
  box(context, left, top, width, height, radius);
  context.fill();
  context.globalAlpha = scene.alpha(node);
  if (node.id === scene.highlighted?.node) {
    context.strokeStyle = scene.text;
    context.lineWidth = 2.5;
    box(context, left - 4, top - 4, width + 8, height + 8, radius + 4);
    context.stroke();
  }
  if (node.kind === "end") drawEnd(context, scene, node, left, top);
  else drawCard(context, scene, node, left, top, radius);
  context.restore();
}

/** A black hole and its like: filled, with a mark and a word. */
function drawEnd(context, scene, node, left, top) {
  const verdict = node.verdicts[0] ?? "";
  const colour = scene.style(verdict).text;
  box(context, left, top, node.width, node.height, node.height / 2);
  context.fillStyle = colour;
  context.fill();
  drawIcon(context, END_ICONS[verdict] ?? "cross", left + 7, top + node.height / 2 - 5, 10, scene.background, 2);
  const room = node.width - 28;
  write(context, scene, node.label, left + 21, top + node.height / 2 + 0.5, {
    size: 11.5,
    weight: 600,
    colour: scene.background,
    width: room,
  });
}

function drawCard(context, scene, node, left, top, radius) {
  const { width, height, kind } = node;
  const unused = node.state !== "";
  const passed = kind === "waypoint" && !unused;
  const verdict = node.verdicts.length === 1 ? node.verdicts[0] : "";
  const tint = scene.style(verdict);
  const line = passed ? tint.line : scene.border;
  context.fillStyle = passed ? mix(tint.line, scene.background, scene.theme === "dark" ? 0.22 : 0.1) : scene.card;
  context.strokeStyle = unused ? fade(scene.border, 0.75) : line;
  context.lineWidth = passed ? 2 : 1.1;
  if (unused) context.setLineDash([3, 3]);
  if (kind === "endpoints" && !unused) {
    for (const offset of [4, 2]) {
      box(context, left + offset, top - offset, width - offset, height, radius);
      context.fill();
      context.stroke();
    }
  }
  box(context, left, top, width - (kind === "endpoints" && !unused ? 4 : 0), height, radius);
  context.fill();
  context.stroke();
  context.setLineDash([]);
  if (kind === "service") drawStripes(context, scene, node, left, top, radius);

  const colour = unused ? scene.muted : scene.text;
  const inset = kind === "service" ? 5 : 0;
  const side = height < 30 ? 12 : 15;
  drawIcon(context, kind, left + 8 + inset, top + height / 2 - side / 2, side, passed ? tint.text : scene.muted);
  const start = left + 14 + inset + side;
  const room = left + width - 8 - start;
  const single = !node.detail || height < 30;
  write(context, scene, node.label, start, top + height / 2 - (single ? 0 : 6.5), {
    size: height < 30 ? 12.5 : 14,
    weight: 600,
    colour,
    width: room,
  });
  if (!single) {
    write(context, scene, node.detail, start, top + height / 2 + 9, { size: 11, colour: scene.muted, width: room });
  }
}

/** The verdicts of a service's paths as a stripe at its left edge. */
function drawStripes(context, scene, node, left, top, radius) {
  context.save();
  box(context, left, top, node.width, node.height, radius);
  context.clip();
  const share = node.height / Math.max(node.verdicts.length, 1);
  node.verdicts.forEach((verdict, number) => {
    context.fillStyle = scene.style(verdict).line;
    context.fillRect(left, top + number * share, 5, share);
  });
  context.restore();
}

// --- What is around the nodes ------------------------------------------------------------------------------------

/** Namespaces as bands behind their rows. The titles stay readable at every zoom and within sight. */
export function drawBands(context, scene, frame) {
  const size = Math.max(12, 10.5 / frame.scale);
  for (const { title, left, right, top, bottom } of scene.data.layout.bands) {
    if (bottom < frame.top || top > frame.bottom) continue;
    context.fillStyle = scene.band;
    box(context, left, top, right - left, bottom - top, 10);
    context.fill();
    write(context, scene, "namespace", left + 12, top + 16, { size: size * 0.92, colour: scene.muted });
    const used = context.measureText("namespace ").width;
    const options = { size, weight: 700, colour: scene.text, width: right - left - used - 24 };
    write(context, scene, title, left + 12 + used, top + 16, options);
  }
}

/** Shares, weights and words along the edges. */
export function drawLabels(context, scene, edges) {
  for (const edge of edges) {
    if (!edge.label) continue;
    const alpha = scene.alpha(edge);
    if (alpha === GONE) continue;
    context.save();
    context.globalAlpha = alpha;
    context.font = `600 11.5px ${scene.font}`;
    const text = fit(context, edge.label, 150);
    const width = context.measureText(text).width + 10;
    context.fillStyle = scene.background;
    context.strokeStyle = scene.style(edge.verdict).line;
    context.lineWidth = 1;
    box(context, edge.labelX - width / 2, edge.labelY - 8.5, width, 17, 8.5);
    context.fill();
    context.stroke();
    const colour = scene.style(edge.verdict).text;
    write(context, scene, text, edge.labelX, edge.labelY + 0.5, { size: 11.5, weight: 600, colour, align: "center" });
    context.restore();
  }
}

/** The lanes' names in a strip at the upper edge, wherever one looks. */
export function drawLanes(context, scene, frame, height) {
  const pixel = 1 / frame.scale;
  const bottom = frame.top + height * pixel;
  context.fillStyle = fade(scene.background, 0.94);
  context.fillRect(frame.left, frame.top, frame.right - frame.left, height * pixel);
  context.fillStyle = scene.hairline;
  context.fillRect(frame.left, bottom - pixel, frame.right - frame.left, pixel);
  const lanes = scene.data.layout.lanes;
  lanes.forEach(({ title, x, width }, number) => {
    const before = number ? lanes[number - 1] : null;
    const gap = before ? x - width / 2 - (before.x + before.width / 2) : 20;
    const options = { size: 12.5 * pixel, weight: 600, colour: scene.muted, align: "center", width: width + gap * 0.8 };
    write(context, scene, title, x, frame.top + (height / 2) * pixel, options);
  });
}
