// What is around the canvas: the element that holds it, the legend, buttons and the line under the pointer.

const SVG = "http://www.w3.org/2000/svg";
const ORDER = [
  "waypoint",
  "workload-waypoint",
  "direct",
  "vip-direct",
  "split",
  "blackhole",
  "no-endpoints",
  "invalid",
];
const HINT =
  "Arrow keys move the drawing, plus and minus zoom, zero fits it, Escape clears the selection. " +
  "Double click a service or a namespace to see it alone.";

const BUTTONS = [
  ["fit", "Fit the drawing", "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"],
  ["zoomIn", "Zoom in", "M8 3v10M3 8h10"],
  ["zoomOut", "Zoom out", "M3 8h10"],
  ["save", "Download as PNG", "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11"],
  ["fullScreen", "Full screen", "M9.5 2H14v4.5M14 2 9.5 6.5M6.5 14H2V9.5M2 14l4.5-4.5"],
];

/** An element with properties, attributes (`aria-…`, `role`) and children. Text goes in as textContent only. */
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function drawing(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A sample of a line with its end mark. */
function sample(colour, dashes, mark, width = 2.6) {
  const line = { stroke: colour, "stroke-width": width, fill: "none", "stroke-linecap": "butt" };
  const parts = [drawing("path", { ...line, d: "M1 7h26", "stroke-dasharray": dashes.join(" ") || "none" })];
  const marks = {
    arrow: "M26 3.2 33 7l-7 3.8Z",
    fork: "M26 7l7-4.5M26 7l7 4.5",
    cross: "M27 2.5l8 9M35 2.5l-8 9",
    empty: "M31.5 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM28.7 9.8l5.6-5.6",
    question: "M29.3 4.8a2.2 2.2 0 1 1 3.2 2c-.8.4-1 .8-1 1.5M31.5 11v.8",
  };
  if (marks[mark]) {
    const filled = mark === "arrow" ? { fill: colour, stroke: "none" } : { fill: "none", "stroke-width": 2 };
    parts.push(drawing("path", { ...line, ...filled, d: marks[mark] }));
  }
  return drawing("svg", { viewBox: "0 0 37 14", width: 37, height: 14, "aria-hidden": "true" }, ...parts);
}

export class Panel {
  constructor(parent, actions) {
    this.actions = actions;
    const icon = (path) =>
      drawing(
        "svg",
        { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
        drawing("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round" }),
      );
    this.buttons = Object.fromEntries(
      BUTTONS.map(([name, label, path]) => {
        const button = element("button", { type: "button", className: "tool", title: label, "aria-label": label });
        button.append(icon(path));
        return [name, button];
      }),
    );
    this.legend = element("div", { className: "legend", role: "group", "aria-label": "Verdicts: show or hide" });
    this.host = element("div", { className: "host", tabIndex: 0, role: "application" });
    this.host.setAttribute("aria-roledescription", "traffic graph");
    this.tip = element("div", { className: "tip", role: "tooltip", hidden: true });
    this.hint = element("p", { className: "unseen", id: "hint", textContent: HINT });
    this.host.setAttribute("aria-describedby", "hint");
    this.empty = element("p", { className: "empty", hidden: true, textContent: "No path to draw." });
    const tools = element("div", { className: "tools", role: "group", "aria-label": "View" });
    tools.append(...Object.values(this.buttons));
    this.stage = element("div", { className: "stage" }, this.host, this.empty, this.tip, this.hint);
    const bar = element("div", { className: "bar" }, this.legend, tools);
    this.root = element("section", { className: "traffic-graph" }, bar, this.stage);
    // Sizes that must hold before the style sheet is there.
    this.root.style.cssText = "display:flex;flex-direction:column;box-sizing:border-box";
    this.stage.style.cssText = "position:relative;flex:1 1 auto;min-height:0";
    this.host.style.cssText = "position:absolute;inset:0;overflow:hidden";
    parent.append(this.root);

    this.buttons.fit.addEventListener("click", () => actions.fit());
    this.buttons.zoomIn.addEventListener("click", () => actions.zoom(1.25));
    this.buttons.zoomOut.addEventListener("click", () => actions.zoom(0.8));
    this.buttons.save.addEventListener("click", () => actions.save());
    this.buttons.fullScreen.addEventListener("click", () => this.toggleFullScreen());
    this.root.addEventListener("fullscreenchange", () => this.onFullScreen());
  }

  update(data, scene, hidden) {
    this.root.style.height = `${data.height}px`;
    this.root.style.colorScheme = scene.theme;
    this.host.setAttribute("aria-label", data.summary);
    this.empty.hidden = data.paths.length > 0;
    const pressed = this.legend.querySelector("button:focus")?.dataset.verdict;
    const present = ORDER.filter(
      (verdict) => data.verdicts.includes(verdict) || data.edges.some((edge) => edge.verdicts.includes(verdict)),
    );
    this.legend.replaceChildren(
      ...present.map((verdict) => this.entry(verdict, data, scene, hidden)),
      ...this.keys(data, scene),
    );
    this.legend.querySelector(`button[data-verdict="${pressed}"]`)?.focus();
  }

  /** A verdict in the legend: a button that shows and hides it. */
  entry(verdict, data, scene, hidden) {
    const style = scene.palette[verdict];
    const count = data.verdicts.filter((one) => one === verdict).length;
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
    if (count) button.append(element("span", { className: "count", textContent: String(count) }));
    button.addEventListener("click", () => this.actions.toggle(verdict));
    return button;
  }

  /** The entries that are no verdict. */
  keys(data, scene) {
    const key = (svg, word) =>
      element("span", { className: "key" }, svg, element("span", { className: "word", textContent: word }));
    const found = [];
    if (data.edges.some((edge) => edge.verdicts.length > 1)) {
      found.push(key(sample(scene.palette[""].line, [], "", 1.8), "several verdicts"));
    }
    if (data.difference) {
      found.push(key(sample(scene.muted, [2, 5], ""), "leaving"));
      found.push(key(sample(scene.muted, [], "", 5), "arriving"));
      found.push(key(sample(scene.hairline, [], ""), "unchanged"));
    }
    return found;
  }

  /** Shows `text` beside the pointer; hides it without one. */
  tell(text, at) {
    this.tip.hidden = !text;
    if (!text || !at) return;
    this.tip.textContent = text;
    const { clientWidth: width, clientHeight: height } = this.stage;
    const x = Math.min(at.x + 14, width - this.tip.offsetWidth - 8);
    const below = at.y + 18 + this.tip.offsetHeight < height;
    this.tip.style.left = `${Math.max(x, 8)}px`;
    this.tip.style.top = `${below ? at.y + 18 : at.y - this.tip.offsetHeight - 12}px`;
  }

  prefersStill() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  isFullScreen() {
    return this.root.getRootNode().fullscreenElement === this.root;
  }

  toggleFullScreen() {
    if (this.isFullScreen()) document.exitFullscreen();
    else this.root.requestFullscreen?.();
  }

  onFullScreen() {
    const label = this.isFullScreen() ? "Leave full screen" : "Full screen";
    this.buttons.fullScreen.title = label;
    this.buttons.fullScreen.setAttribute("aria-label", label);
    requestAnimationFrame(() => this.actions.fullScreen(this.isFullScreen()));
  }

  /** `canvas` on its background, the legend below it. */
  compose(canvas, width, height, data, scene) {
    const ratio = canvas.width / width;
    const picture = element("canvas", { width: canvas.width, height: canvas.height + Math.round(34 * ratio) });
    const context = picture.getContext("2d");
    context.fillStyle = scene.background;
    context.fillRect(0, 0, picture.width, picture.height);
    context.drawImage(canvas, 0, 0);
    context.scale(ratio, ratio);
    context.font = `600 12px ${scene.font}`;
    context.textBaseline = "middle";
    let x = 14;
    for (const verdict of ORDER.filter((one) => data.verdicts.includes(one))) {
      const style = scene.palette[verdict];
      context.strokeStyle = style.line;
      context.fillStyle = style.text;
      context.lineWidth = 2.6;
      context.setLineDash(style.dashes);
      context.beginPath();
      context.moveTo(x, height + 16);
      context.lineTo(x + 34, height + 16);
      context.stroke();
      context.fillText(style.word, x + 41, height + 16.5);
      x += 41 + context.measureText(style.word).width + 22;
    }
    return picture;
  }

  download(blob, name) {
    const address = URL.createObjectURL(blob);
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  destroy() {
    this.root.remove();
  }
}
