// The legend: a button for each verdict, which shows and hides it, and the other kinds of lines.

import { drawing, element } from "./elements.js";

export const ORDER = [
  "waypoint",
  "workload-waypoint",
  "direct",
  "vip-direct",
  "split",
  "blackhole",
  "no-endpoints",
  "invalid",
];

const MARKS = {
  arrow: "M26 3.2 33 7l-7 3.8Z",
  fork: "M26 7l7-4.5M26 7l7 4.5",
  cross: "M27 2.5l8 9M35 2.5l-8 9",
  empty: "M31.5 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM28.7 9.8l5.6-5.6",
  question: "M29.3 4.8a2.2 2.2 0 1 1 3.2 2c-.8.4-1 .8-1 1.5M31.5 11v.8",
};

/** A sample of a line with its end mark. */
function sample(colour, dashes, mark, width = 2.6) {
  const line = { stroke: colour, "stroke-width": width, fill: "none", "stroke-linecap": "butt" };
  const parts = [drawing("path", { ...line, d: "M1 7h26", "stroke-dasharray": dashes.join(" ") || "none" })];
  if (MARKS[mark]) {
    const filled = mark === "arrow" ? { fill: colour, stroke: "none" } : { fill: "none", "stroke-width": 2 };
    parts.push(drawing("path", { ...line, ...filled, d: MARKS[mark] }));
  }
  return drawing("svg", { viewBox: "0 0 37 14", width: 37, height: 14, "aria-hidden": "true" }, ...parts);
}

export class Legend {
  constructor(toggle) {
    this.toggle = toggle;
    this.root = element("div", { className: "legend", role: "group", "aria-label": "Verdicts: show or hide" });
  }

  update(data, scene, hidden) {
    const shown = JSON.stringify([data.counts, data.difference, scene.theme, [...hidden], data.several]);
    if (shown === this.shown) return;
    this.shown = shown;
    const focused = this.root.querySelector("button:focus")?.dataset.verdict;
    const present = ORDER.filter((verdict) => verdict in data.counts);
    this.root.replaceChildren(
      ...present.map((verdict) => this.entry(verdict, data, scene, hidden)),
      ...keys(data, scene),
    );
    this.root.querySelector(`button[data-verdict="${focused}"]`)?.focus();
  }

  entry(verdict, data, scene, hidden) {
    const style = scene.palette[verdict];
    const count = data.counts[verdict];
    const button = element("button", {
      type: "button",
      className: "verdict",
      title: style.meaning,
      "aria-pressed": String(!hidden.has(verdict)),
    });
    button.dataset.verdict = verdict;
    button.style.setProperty("--verdict", style.text);
    const word = element("span", { className: "word", textContent: style.word });
    button.append(sample(style.line, style.dashes, style.mark), word);
    if (count) button.append(element("span", { className: "count", textContent: count.toLocaleString("en") }));
    button.addEventListener("click", () => this.toggle(verdict));
    return button;
  }
}

/** The entries that are no verdict. */
function keys(data, scene) {
  const key = (svg, word) =>
    element("span", { className: "key" }, svg, element("span", { className: "word", textContent: word }));
  const found = [];
  if (data.several) found.push(key(sample(scene.palette[""].line, [], "", 1.8), "several verdicts"));
  if (data.difference) {
    found.push(key(sample(scene.muted, [2, 5], ""), "leaving"));
    found.push(key(sample(scene.muted, [], "", 5), "arriving"));
    found.push(key(sample(scene.hairline, [], ""), "unchanged"));
  }
  return found;
}
