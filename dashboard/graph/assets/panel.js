// What is around the canvas: the element that holds it, the legend, the tools and the line under the pointer.

import { element, glyph } from "./elements.js";
import { Legend } from "./legend.js";
import { AFTER, BEFORE, BOTH } from "./moments.js";

const HINT =
  "Arrow keys move the drawing, plus and minus zoom, zero fits it. Page Down and Page Up select the next and the " +
  "previous row, Enter shows it alone, Escape clears the selection. B shows a difference before, after, or both. " +
  "Double click a namespace, a service or a route to see it alone.";

const BUTTONS = [
  ["fit", "Fit the drawing", "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"],
  ["zoomIn", "Zoom in", "M8 3v10M3 8h10"],
  ["zoomOut", "Zoom out", "M3 8h10"],
  ["png", "Download as PNG", "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11"],
  ["svg", "Download as SVG", "M2.5 13.5h11M3 10.5C5 2 11 2 13 10.5M1.8 10.5h2.4M11.8 10.5h2.4M6.8 3.2h2.4"],
  ["fullScreen", "Full screen", "M9.5 2H14v4.5M14 2 9.5 6.5M6.5 14H2V9.5M2 14l4.5-4.5"],
];

const TIMES = [
  [BEFORE, "Before"],
  [BOTH, "Both"],
  [AFTER, "After"],
];

export class Panel {
  constructor(parent, actions) {
    this.actions = actions;
    this.legend = new Legend((verdict) => actions.toggle(verdict));
    this.makeTools();
    this.host = element("div", { className: "host", tabIndex: 0, role: "application" });
    this.host.setAttribute("aria-roledescription", "traffic graph");
    this.tip = element("div", { className: "tip", role: "tooltip", hidden: true });
    this.hint = element("p", { className: "unseen", id: "hint", textContent: HINT });
    this.host.setAttribute("aria-describedby", "hint");
    this.empty = element("p", { className: "empty", hidden: true, textContent: "No path to draw." });
    this.note = element("p", { className: "note", hidden: true });
    this.stage = element("div", { className: "stage" }, this.host, this.empty, this.tip, this.hint);
    const controls = element("div", { className: "controls" }, this.rows, this.times, this.tools);
    const bar = element("div", { className: "bar" }, this.legend.root, controls);
    this.root = element("section", { className: "traffic-graph" }, bar, this.note, this.stage);
    // Sizes that must hold before the style sheet is there.
    this.root.style.cssText = "display:flex;flex-direction:column;box-sizing:border-box";
    this.stage.style.cssText = "position:relative;flex:1 1 auto;min-height:0";
    this.host.style.cssText = "position:absolute;inset:0;overflow:hidden";
    parent.append(this.root);
    this.root.addEventListener("fullscreenchange", () => this.onFullScreen());
  }

  makeTools() {
    const { actions } = this;
    this.buttons = Object.fromEntries(
      BUTTONS.map(([name, label, path]) => {
        const button = element("button", { type: "button", className: "tool", title: label, "aria-label": label });
        button.append(glyph(path));
        return [name, button];
      }),
    );
    const does = {
      fit: () => actions.fit(),
      zoomIn: () => actions.zoom(1.25),
      zoomOut: () => actions.zoom(0.8),
      png: () => actions.save(),
      svg: () => actions.picture(),
      fullScreen: () => this.toggleFullScreen(),
    };
    for (const [name, act] of Object.entries(does)) this.buttons[name].addEventListener("click", act);
    this.tools = element("div", { className: "tools", role: "group", "aria-label": "View" });
    this.tools.append(...Object.values(this.buttons));
    this.times = element("div", { className: "times", role: "group", "aria-label": "State shown (key B)" });
    for (const [time, word] of TIMES) {
      const button = element("button", { type: "button", className: "time", textContent: word, title: `${word} (B)` });
      button.dataset.time = time;
      button.addEventListener("click", () => actions.flip(time));
      this.times.append(button);
    }
    this.rows = element("select", { className: "rows", "aria-label": "Show alone", title: "Show alone" });
    this.rows.addEventListener("change", () => {
      const { value } = this.rows;
      this.rows.value = "";
      if (value) actions.focus(value);
    });
  }

  update(data, scene, hidden, time) {
    this.root.style.height = `${data.height}px`;
    this.root.style.colorScheme = scene.theme;
    this.host.setAttribute("aria-label", data.summary);
    this.empty.hidden = data.paths.length > 0;
    this.note.hidden = !data.note;
    this.note.textContent = data.note;
    this.legend.update(data, scene, hidden);
    this.times.hidden = !data.difference;
    for (const button of this.times.children) {
      button.setAttribute("aria-pressed", String(button.dataset.time === time));
    }
    this.listRows(data);
  }

  /** All rows by name: what a double click does, for who has no pointer. */
  listRows(data) {
    const rows = data.nodes.filter(({ kind }) => kind === "group" || kind === "service");
    const { bands } = data.layout;
    const shown = JSON.stringify([data.scope, rows.length, rows[0]?.id, rows.at(-1)?.id]);
    this.rows.hidden = rows.length < 2;
    if (shown === this.listed) return;
    this.listed = shown;
    const option = (value, text) => element("option", { value, textContent: text });
    const choices = [option("", "Show alone …")];
    if (bands.length > 1) {
      choices.push(...bands.map(({ namespace, title }) => option(`namespace:${namespace}`, `namespace ${title}`)));
    }
    const sorted = [...rows].sort((one, other) => one.y - other.y);
    choices.push(...sorted.map(({ id, label, name }) => option(id, name || label)));
    this.rows.replaceChildren(...choices);
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

  destroy() {
    this.root.remove();
  }
}
