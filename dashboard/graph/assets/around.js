// What is around the nodes: the bands of namespaces, the words on lines, the names of the lanes.

import { GONE } from "./scene.js";
import { box, fade, fit, write } from "./text.js";

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

/** The lines along the rows of a tall picture. */
export function drawBuses(context, scene, nodes) {
  for (const { node: id, verdict, start, y, x, top, bottom } of scene.data.buses) {
    const node = nodes.get(id);
    context.save();
    context.globalAlpha = scene.alpha({ ...node, from: id });
    context.strokeStyle = scene.style(verdict).line;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(start, y);
    context.lineTo(x, y);
    context.moveTo(x, top);
    context.lineTo(x, bottom);
    context.stroke();
    context.restore();
  }
}

/** Shares, weights and words along the edges. */
export function drawLabels(context, scene, edges) {
  for (const edge of edges) {
    if (!edge.label || edge.gone) continue;
    const alpha = scene.alpha(edge);
    if (alpha === GONE) continue;
    context.save();
    context.globalAlpha = alpha;
    context.font = `600 11.5px ${scene.font}`;
    const text = fit(context, edge.label, 150);
    const width = context.measureText(text).width + 10;
    const style = scene.style(edge.verdict);
    context.fillStyle = scene.background;
    context.strokeStyle = style.line;
    context.lineWidth = 1;
    box(context, edge.labelX - width / 2, edge.labelY - 8.5, width, 17, 8.5);
    context.fill();
    context.stroke();
    const options = { size: 11.5, weight: 600, colour: style.text, align: "center" };
    write(context, scene, text, edge.labelX, edge.labelY + 0.5, options);
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
  lanes.forEach(({ title, x, width, verdict }, number) => {
    const before = number ? lanes[number - 1] : null;
    const gap = before ? x - width / 2 - (before.x + before.width / 2) : 20;
    const colour = verdict ? scene.style(verdict).text : scene.muted;
    const room = verdict ? width - 4 * pixel : width + gap * 0.8;
    const options = { size: 12.5 * pixel, weight: 600, colour, align: "center", width: room };
    write(context, scene, title, x, frame.top + (height / 2) * pixel, options);
  });
}
