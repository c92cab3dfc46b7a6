// The traffic graph: a Streamlit component around vis-network, which Python has laid out already.
//
// Streamlit calls the default export again whenever its data changes. One View a mount is kept, and updated by
// difference, so that zoom and pan outlive every change. All names are text: drawn on a canvas, or set as textContent.

import { Scene, drawBands, drawLabels, drawLanes, nodeRenderer } from "./draw.js";
import { Panel } from "./panel.js";

const VIS = new URL("../waypath.vis/vis-network.min.js", import.meta.url).href;
const READABLE = 0.8; // the scale at which a selection is opened
const LEAST = 0.58; // the least scale at which a whole drawing is opened
const HEADER = 30; // the lane headers' height in pixels
const MARGIN = 14;
const STEP = 60; // pixels that an arrow key moves

const views = new WeakMap();

export default function trafficGraph({ data, parentElement, setStateValue, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    views.set(parentElement, view);
  }
  view.send = { selected: (id) => setStateValue("selected", id), focus: (id) => setTriggerValue("focus", id) };
  view.update(data);
  // Streamlit also calls this when a call was overtaken by the next one, and then the view is still in use.
  return () =>
    setTimeout(() => {
      if (!parentElement.isConnected) {
        view.destroy();
        views.delete(parentElement);
      }
    });
}

/** Loads vis-network once a page. */
let loading;
function loadVis() {
  loading ??= globalThis.vis?.DataSet ? Promise.resolve() : import(VIS);
  return loading;
}

/** Puts `wanted` into `dataset`, touching only what differs. */
function synchronise(dataset, known, wanted) {
  const changed = [];
  const ids = new Set();
  for (const item of wanted) {
    ids.add(item.id);
    const text = JSON.stringify(item);
    if (known.get(item.id) !== text) {
      known.set(item.id, text);
      changed.push(item);
    }
  }
  const gone = [...known.keys()].filter((id) => !ids.has(id));
  gone.forEach((id) => known.delete(id));
  if (gone.length) dataset.remove(gone);
  if (changed.length) dataset.update(changed);
}

class View {
  constructor(parent) {
    this.hidden = new Set();
    this.knownNodes = new Map();
    this.knownEdges = new Map();
    this.panel = new Panel(parent, {
      fit: () => this.fit(),
      zoom: (factor) => this.zoom(factor),
      save: () => this.save(),
      fullScreen: (entered) => this.onFullScreen(entered),
      toggle: (verdict) => this.toggle(verdict),
    });
    this.root = this.panel.root;
    this.host = this.panel.host;
    this.host.addEventListener("keydown", (event) => this.onKey(event));
    // The wheel scrolls the page until the drawing is in use.
    this.host.addEventListener(
      "wheel",
      (event) => {
        const active = this.host.matches(":focus-within") || this.panel.isFullScreen();
        if (!active && !event.ctrlKey && !event.metaKey) event.stopPropagation();
      },
      { capture: true, passive: true },
    );
    this.resized = new ResizeObserver(() => this.onResize());
    this.resized.observe(this.host);
  }

  async update(data) {
    const before = this.data;
    this.data = data;
    this.paths = data.paths;
    this.nodes = new Map(data.nodes.map((node) => [node.id, node]));
    if (!before || before.selected !== data.selected) this.selected = data.selected;
    this.scene = new Scene(this.root, data);
    this.panel.update(data, this.scene, this.hidden);
    await loadVis();
    if (this.data !== data) return; // a later call has taken over
    if (!this.network) this.create();
    this.refresh();
    if (before && before.selected !== data.selected && data.selected !== null) this.reveal();
    if (before && !this.isAnythingVisible()) this.open();
  }

  create() {
    this.vertices = new vis.DataSet();
    this.lines = new vis.DataSet();
    this.network = new vis.Network(
      this.host,
      { nodes: this.vertices, edges: this.lines },
      {
        physics: false,
        layout: { improvedLayout: false },
        interaction: { hover: true, dragNodes: false, selectable: false, zoomSpeed: 0.7 },
        nodes: { fixed: true, physics: false, chosen: false },
        edges: {
          arrowStrikethrough: false,
          chosen: false,
          smooth: { enabled: true, type: "cubicBezier", forceDirection: "horizontal", roundness: 0.5 },
        },
      },
    );
    const network = this.network;
    network.on("beforeDrawing", (context) => drawBands(context, this.scene, this.frame()));
    network.on("afterDrawing", (context) => {
      drawLabels(context, this.scene, this.data.edges);
      drawLanes(context, this.scene, this.frame(), HEADER);
      this.report();
    });
    network.on("click", ({ pointer }) => this.select(this.pick(pointer)));
    network.on("doubleClick", ({ pointer }) => this.focus(pointer));
    network.on("hoverNode", ({ node, pointer }) => this.hover(this.nodes.get(node)?.title, pointer));
    network.on("hoverEdge", ({ edge, pointer }) => this.hover(this.edge(edge)?.title, pointer));
    for (const event of ["blurNode", "blurEdge", "dragStart", "zoom"]) network.on(event, () => this.hover());
    network.on("zoom", () => this.limitZoom());
  }

  /** Hands nodes and edges to vis with the looks they have now. */
  refresh() {
    const scene = this.scene;
    scene.look(this.hidden, this.highlighted());
    const ctxRenderer = (this.renderer ??= nodeRenderer(
      (id) => this.nodes.get(id),
      () => this.scene,
    ));
    const nodes = this.data.nodes.map(({ id, x, y, label }) => ({ id, x, y, label, shape: "custom", ctxRenderer }));
    synchronise(this.vertices, this.knownNodes, nodes);
    synchronise(this.lines, this.knownEdges, this.data.edges.map((edge) => scene.line(edge)));
    this.network.redraw();
    this.root.dataset.selected = this.selected ?? "";
    this.root.dataset.theme = scene.theme;
    if (!this.opened) this.onResize();
  }

  // --- What is selected --------------------------------------------------------------------------------------------

  edge(id) {
    return this.data.edges.find((edge) => edge.id === id);
  }

  /** The numbers of the paths that the selection stands for; null where nothing is selected. */
  highlighted() {
    if (this.selected === null || this.selected === undefined) return null;
    const node = this.nodes.get(this.selected);
    if (node) return { node: node.id, paths: new Set(node.paths) };
    const path = this.paths.indexOf(this.selected);
    return path < 0 ? null : { node: null, paths: new Set([path]) };
  }

  /** The id under the pointer: a node's, or that of a path along an edge; another one at each click. */
  pick(pointer) {
    const node = this.nodes.get(this.network.getNodeAt(pointer.DOM));
    if (node && node.kind !== "point") return node.id;
    const edge = this.edge(this.network.getEdgeAt(pointer.DOM));
    if (!edge || !edge.paths.length) return null;
    const ids = edge.paths.map((path) => this.paths[path]);
    return ids[(ids.indexOf(this.selected) + 1) % ids.length];
  }

  select(id) {
    if (id === this.selected) return;
    this.selected = id;
    this.refresh();
    this.send.selected(id);
  }

  focus(pointer) {
    const node = this.nodes.get(this.network.getNodeAt(pointer.DOM));
    if (node && node.kind === "service") {
      this.send.focus(node.id);
    } else if (!node) {
      const { x, y } = pointer.canvas;
      const inside = (band) => x >= band.left && x <= band.right && y >= band.top && y <= band.bottom;
      const band = this.data.layout.bands.find(inside);
      if (band) this.send.focus(`namespace:${band.namespace}`);
    }
  }

  hover(text, pointer) {
    this.host.style.cursor = text ? "pointer" : "";
    this.panel.tell(text, pointer?.DOM);
  }

  toggle(verdict) {
    if (!this.hidden.delete(verdict)) this.hidden.add(verdict);
    this.panel.update(this.data, this.scene, this.hidden);
    if (this.network) this.refresh();
  }

  // --- Where to look -----------------------------------------------------------------------------------------------

  size() {
    return { width: this.host.clientWidth, height: this.host.clientHeight };
  }

  /** The part of the drawing that is visible, in its own units, with the scale. */
  frame() {
    const { width, height } = this.size();
    const topLeft = this.network.DOMtoCanvas({ x: 0, y: 0 });
    const scale = this.network.getScale();
    return { left: topLeft.x, top: topLeft.y, right: topLeft.x + width / scale, bottom: topLeft.y + height / scale, scale };
  }

  onResize() {
    const { width, height } = this.size();
    if (!this.network || this.opened || !width || !height) return;
    this.opened = true;
    this.network.setSize("100%", "100%");
    this.open();
  }

  moveTo(x, y, scale, animate) {
    const animation = animate && !this.panel.prefersStill() ? { duration: 250, easingFunction: "easeInOutQuad" } : false;
    this.network.moveTo({ position: { x, y }, scale, animation });
  }

  scales() {
    const { left, right, top, bottom } = this.data.layout;
    const { width, height } = this.size();
    const across = (width - 2 * MARGIN) / (right - left);
    return { across, down: (height - HEADER - 2 * MARGIN) / Math.max(bottom - top, 1) };
  }

  fit(animate = true) {
    const { across, down } = this.scales();
    const scale = Math.min(across, down, 1.25);
    const { left, right, top, bottom } = this.data.layout;
    this.moveTo((left + right) / 2, (top + bottom) / 2 - HEADER / 2 / scale, scale, animate);
  }

  /** The first view: readable, on what is selected, else from the top; services first where not all fits. */
  open() {
    const { across, down } = this.scales();
    const { left, top, bands } = this.data.layout;
    const whole = Math.min(across, down, 1.25);
    const target = this.target();
    if (whole >= READABLE) {
      this.fit(false);
    } else if (target) {
      this.moveTo(this.middleX(target.x, READABLE), target.y, READABLE, false);
    } else {
      const scale = Math.max(LEAST, Math.min(across, 1));
      const { width, height } = this.size();
      const start = across < scale && bands.length ? bands[0].left : left;
      const x = this.middleX(start + (width / 2 - MARGIN) / scale, scale);
      const y = down >= scale ? this.middleY(scale) : top + (height / 2 - HEADER - MARGIN) / scale;
      this.moveTo(x, y, scale, false);
    }
  }

  middleX(otherwise, scale) {
    const { left, right } = this.data.layout;
    return this.scales().across >= scale * 0.98 ? (left + right) / 2 : otherwise;
  }

  middleY(scale) {
    const { top, bottom } = this.data.layout;
    return (top + bottom) / 2 - HEADER / 2 / scale;
  }

  /** The middle of what is selected. */
  target() {
    const found = this.highlighted();
    if (!found) return null;
    if (found.node) return this.nodes.get(found.node);
    const onPath = this.data.nodes.filter((node) => node.paths?.some((path) => found.paths.has(path)));
    const service = onPath.find((node) => node.kind === "service");
    const xs = onPath.map((node) => node.x);
    return { x: (Math.min(...xs) + Math.max(...xs)) / 2, y: service.y };
  }

  /** Moves a selection that was made elsewhere into sight. */
  reveal() {
    const target = this.target();
    if (!target || !this.opened) return;
    const { left, right, top, bottom, scale } = this.frame();
    const inside = target.x > left && target.x < right && target.y > top + HEADER / scale && target.y < bottom;
    if (!inside) this.moveTo(this.middleX(target.x, scale), target.y, scale, true);
  }

  isAnythingVisible() {
    const { left, right, top, bottom } = this.frame();
    return this.data.nodes.some(({ x, y }) => x > left && x < right && y > top && y < bottom) || !this.data.nodes.length;
  }

  zoom(factor) {
    const { x, y } = this.network.getViewPosition();
    this.moveTo(x, y, Math.min(Math.max(this.network.getScale() * factor, 0.1), 3), true);
  }

  onFullScreen(entered) {
    if (entered) {
      this.before = { position: this.network.getViewPosition(), scale: this.network.getScale() };
      this.fit();
    } else if (this.before) this.network.moveTo(this.before);
  }

  limitZoom() {
    const scale = this.network.getScale();
    if (scale < 0.1 || scale > 3) this.network.moveTo({ scale: Math.min(Math.max(scale, 0.1), 3) });
  }

  onKey(event) {
    if (!this.network || event.altKey || event.ctrlKey || event.metaKey || event.target !== this.host) return;
    const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    if (event.key in moves) {
      const [dx, dy] = moves[event.key];
      const { x, y } = this.network.getViewPosition();
      const scale = this.network.getScale();
      this.moveTo(x + dx / scale, y + dy / scale, scale, false);
    } else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "0") this.fit();
    else if (event.key === "Escape") this.select(null);
    else return;
    event.preventDefault();
  }

  // --- The rest ----------------------------------------------------------------------------------------------------

  /** The whole drawing as a PNG file, with the legend below. */
  save() {
    const { left, right, top, bottom } = this.data.layout;
    const before = { position: this.network.getViewPosition(), scale: this.network.getScale() };
    const scale = Math.min(1, 6000 / (right - left), 6000 / (bottom - top));
    const width = Math.ceil((right - left) * scale) + 2 * MARGIN;
    const height = Math.ceil((bottom - top) * scale) + HEADER + 2 * MARGIN;
    this.network.setSize(`${width}px`, `${height}px`);
    this.network.moveTo({ position: { x: (left + right) / 2, y: this.middleY(scale) }, scale });
    this.network.redraw();
    const picture = this.panel.compose(this.host.querySelector("canvas"), width, height, this.data, this.scene);
    this.network.setSize("100%", "100%");
    this.network.moveTo(before);
    this.network.redraw();
    picture.toBlob((blob) => this.panel.download(blob, "traffic-graph.png"));
  }

  /** What can be told from outside, for tests and for the curious. */
  report() {
    const { x, y } = this.network.getViewPosition();
    const marks = { scale: this.network.getScale().toFixed(4), x: x.toFixed(1), y: y.toFixed(1) };
    Object.assign(this.root.dataset, marks, {
      nodes: this.vertices.length,
      edges: this.lines.length,
      hidden: [...this.hidden].join(" "),
      ready: "true",
    });
  }

  destroy() {
    this.resized.disconnect();
    this.network?.destroy();
    this.network = undefined;
    this.panel.destroy();
  }
}
