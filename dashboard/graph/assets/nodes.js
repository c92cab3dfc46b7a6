// Nodes on the canvas: cards, ends, rows that count, and the badges of policies.

import { drawIcon, END_ICONS } from "./icons.js";
import { box, fade, mix, write } from "./text.js";

const RADIUS = 7;
const ROUND = new Set(["ztunnel", "end", "client"]);

/** The function that vis calls for every node; `find` gives a node's data by its id. */
export function nodeRenderer(find, scene) {
  return ({ ctx, id, x, y }) => {
    const node = find(id);
    if (!node) return { drawNode() {}, nodeDimensions: { width: 0.1, height: 0.1 } };
    return {
      drawNode: () => drawNode(ctx, scene(), node, x, y),
      nodeDimensions: { width: node.width, height: node.height },
    };
  };
}

function drawNode(context, scene, node, x, y) {
  if (node.gone) return;
  const { width, height, kind } = node;
  const [left, top] = [x - width / 2, y - height / 2];
  const radius = ROUND.has(kind) ? height / 2 : RADIUS;
  context.save();
  context.setLineDash([]);
  // Lines never shine through a node, however faint it is.
  context.fillStyle = scene.background;
  box(context, left, top, width, height, radius);
  context.fill();
  context.globalAlpha = scene.alpha(node);
  if (node.id === scene.highlighted?.node || node.id === scene.played?.at) {
    context.strokeStyle = scene.text;
    context.lineWidth = 2.5;
    box(context, left - 4, top - 4, width + 8, height + 8, radius + 4);
    context.stroke();
  }
  if (kind === "end") drawEnd(context, scene, node, left, top);
  else if (kind === "group") drawRow(context, scene, node, left, top);
  else drawCard(context, scene, node, left, top, radius);
  if (node.badge) drawBadge(context, scene, node, left + width, top + height);
  context.restore();
}

/** A black hole and its like: filled, with a mark and a word. */
function drawEnd(context, scene, node, left, top) {
  const verdict = node.verdicts?.[0] ?? "";
  box(context, left, top, node.width, node.height, node.height / 2);
  context.fillStyle = scene.style(verdict).text;
  context.fill();
  drawIcon(context, END_ICONS[verdict] ?? "cross", left + 7, top + node.height / 2 - 5, 10, scene.background, 2);
  const options = { size: 11.5, weight: 600, colour: scene.background, width: node.width - 28 };
  write(context, scene, node.label, left + 21, top + node.height / 2 + 0.5, options);
}

function drawCard(context, scene, node, left, top, radius) {
  const { width, height, kind } = node;
  const unused = Boolean(node.state);
  const passed = kind === "waypoint" && !unused;
  const tint = scene.style(node.verdicts?.length === 1 ? node.verdicts[0] : "");
  const stacked = kind === "endpoints" && !unused;
  context.fillStyle = passed ? mix(tint.line, scene.background, scene.theme === "dark" ? 0.22 : 0.1) : scene.card;
  context.strokeStyle = unused ? fade(scene.border, 0.75) : passed ? tint.line : scene.border;
  context.lineWidth = passed ? 2 : 1.1;
  if (unused) context.setLineDash([3, 3]);
  for (const offset of stacked ? [4, 2, 0] : [0]) {
    box(context, left + offset, top - offset, width - (stacked ? 4 : 0), height, radius);
    context.fill();
    context.stroke();
  }
  context.setLineDash([]);
  const counts = (node.verdicts ?? []).map((verdict) => [verdict, 1]);
  if (kind === "service") drawStripes(context, scene, counts, left, top, width, height);
  const colours = { accent: passed ? tint.text : scene.muted, label: unused ? scene.muted : scene.text };
  drawWords(context, scene, node, kind, left + (kind === "service" ? 5 : 0), top, left + width - 8, colours);
}

/** The icon and the one or two lines of a card, up to `right`. */
function drawWords(context, scene, node, icon, left, top, right, { accent, label }) {
  const { height } = node;
  const low = height < 30;
  const side = low ? 12 : 15;
  drawIcon(context, icon, left + 8, top + height / 2 - side / 2, side, accent);
  const start = left + 14 + side;
  const width = right - start - (low && node.badge ? 20 : 0);
  const single = !node.detail || low;
  const options = { size: low ? 12.5 : 14, weight: 600, colour: label, width };
  write(context, scene, node.label, start, top + height / 2 - (single ? 0 : 6.5), options);
  if (!single) {
    write(context, scene, node.detail, start, top + height / 2 + 9, { size: 11, colour: scene.muted, width });
  }
}

/** The verdicts of a node's paths as a stripe at its left edge, each as high as its share. */
function drawStripes(context, scene, counts, left, top, width, height) {
  const total = counts.reduce((sum, [, number]) => sum + number, 0) || 1;
  context.save();
  box(context, left, top, width, height, RADIUS);
  context.clip();
  let y = top;
  for (const [verdict, number] of counts) {
    context.fillStyle = scene.style(verdict).line;
    context.fillRect(left, y, 5, (height * number) / total);
    y += (height * number) / total;
  }
  context.restore();
}

// --- Rows that count ---------------------------------------------------------------------------------------------

/** A namespace or a service with a number in the column of each verdict. */
function drawRow(context, scene, node, left, top) {
  const { width, height } = node;
  context.fillStyle = scene.card;
  context.strokeStyle = scene.border;
  context.lineWidth = 1.1;
  box(context, left, top, width, height, RADIUS);
  context.fill();
  context.stroke();
  const counts = Object.entries(node.counts).map(([verdict, numbers]) => [verdict, scene.number(numbers)]);
  drawStripes(context, scene, counts, left, top, width, height);
  const unit = scene.data.layout.lanes.find((lane) => lane.name === "unit");
  const colours = { accent: scene.muted, label: scene.text };
  drawWords(context, scene, node, node.level, left + 5, top, unit.x + unit.width / 2 - 6, colours);
  const most = Math.max(...counts.map(([, number]) => number), 1);
  for (const lane of scene.data.layout.lanes) {
    if (lane.verdict) drawChip(context, scene, lane, node.counts[lane.verdict], top + height / 2, most);
  }
}

function drawChip(context, scene, lane, numbers, y, most) {
  const style = scene.style(lane.verdict);
  if (!numbers || (scene.number(numbers) === 0 && !scene.moved(numbers))) {
    write(context, scene, "·", lane.x, y, { size: 13, colour: scene.muted, align: "center" });
    return;
  }
  const alpha = context.globalAlpha;
  if (scene.hidden.has(lane.verdict)) context.globalAlpha = alpha * 0.25;
  const moved = scene.moved(numbers);
  const width = lane.width - 8;
  context.fillStyle = fade(style.line, 0.08 + (0.3 * scene.number(numbers)) / most);
  context.strokeStyle = moved ? style.line : fade(style.line, 0.4);
  context.lineWidth = moved ? 2 : 1;
  box(context, lane.x - width / 2, y - 12, width, 24, 6);
  context.fill();
  context.stroke();
  const [now, was] = numbers.map((number) => number.toLocaleString("en"));
  const text = moved ? `${was} → ${now}` : scene.number(numbers).toLocaleString("en");
  const options = { size: 13, weight: 600, colour: style.text, align: "center", width: width - 6 };
  write(context, scene, text, lane.x, y + 0.5, options);
  context.globalAlpha = alpha;
}

// --- Policies ----------------------------------------------------------------------------------------------------

/** How many policies act at a node: at its lower right corner, faint where the traffic goes past them. */
function drawBadge(context, scene, node, right, bottom) {
  const { count, state } = node.badge;
  const past = state === "bypassed";
  const text = `${count}${state === "doubled" ? " twice" : ""}`;
  const width = 24 + 7 * text.length;
  const y = node.height < 30 ? bottom - node.height / 2 : bottom + 4;
  const colour = past ? scene.muted : scene.text;
  context.fillStyle = scene.background;
  context.strokeStyle = colour;
  context.lineWidth = 1.1;
  box(context, right - width + 5, y - 8.5, width, 17, 8.5);
  context.fill();
  if (past) {
    context.globalAlpha *= 0.6;
    context.setLineDash([2, 2]);
  }
  context.stroke();
  context.setLineDash([]);
  drawIcon(context, "policy", right - width + 10, y - 5.5, 11, colour, 1.3);
  write(context, scene, text, right - width + 24, y + 0.5, { size: 11, weight: 600, colour });
}
