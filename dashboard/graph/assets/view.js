// One graph on a page: what is selected, hidden, played and shown of it, and what the pointer and the keys do.

import { drawBands, drawBuses, drawLabels, drawLanes } from "./around.js";
import { Camera, HEADER, MARGIN } from "./camera.js";
import { BOTH, next, played, seen } from "./moments.js";
import { nodeRenderer } from "./nodes.js";
import { Panel } from "./panel.js";
import { compose, download } from "./saving.js";
import { Scene } from "./scene.js";
import { edgeOf, lines, synchronise, vertices } from "./shape.js";

const VIS = new URL("../waypath.vis/vis-network.min.js", import.meta.url).href;
const STEP = 60; // pixels that an arrow key moves
const ALONE = new Set(["group", "service", "route"]); // kinds of nodes that can be seen alone

/** Loads vis-network once a page. */
let loading;
function loadVis() {
  loading ??= globalThis.vis?.DataSet ? Promise.resolve() : import(VIS);
  return loading;
}

/** The line that a pointer over a node or an edge gets; none where it is not there at the moment shown. */
function said(item) {
  return item && !item.gone ? item.title : undefined;
}

export class View {
  constructor(parent) {
    this.hidden = new Set();
    this.time = BOTH;
    this.known = { vertices: new Map(), lines: new Map() };
    this.panel = new Panel(parent, {
      fit: () => this.camera?.fit(),
      zoom: (factor) => this.camera?.zoom(factor),
      save: () => this.save(),
      picture: () => this.send.picture(),
      fullScreen: (entered) => this.onFullScreen(entered),
      toggle: (verdict) => this.toggle(verdict),
      flip: (time) => this.flip(time),
      focus: (id) => this.send.focus(id),
    });
    this.root = this.panel.root;
    this.host = this.panel.host;
    this.root.places = () => this.places();
    this.root.addEventListener("keydown", (event) => this.onKey(event));
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
    if (!before || before.selected !== data.selected) this.selected = data.selected;
    if (!data.difference) this.time = BOTH;
    this.scene = new Scene(this.root, data);
    this.panel.update(data, this.scene, this.hidden, this.time);
    await loadVis();
    if (this.data !== data) return; // a later call has taken over
    if (!this.network) this.create();
    this.camera.layout = data.layout;
    this.refresh();
    if (before && before.scope !== data.scope) this.camera.open(this.target());
    else if (before && before.selected !== data.selected && data.selected !== null) this.reveal();
    else if (before && data.nodes.length && !this.camera.isAnyVisible(data.nodes)) this.camera.open(this.target());
    if (this.played) this.revealNode(this.played.at);
    this.savePicture(data.picture);
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
    this.camera = new Camera(network, this.host, this.panel);
    this.renderer = nodeRenderer(
      (id) => this.nodes.get(id),
      () => this.scene,
    );
    network.on("beforeDrawing", (context) => {
      drawBands(context, this.scene, this.camera.frame());
      drawBuses(context, this.scene, this.nodes);
    });
    network.on("afterDrawing", (context) => {
      drawLabels(context, this.scene, this.edges.values());
      drawLanes(context, this.scene, this.camera.frame(), HEADER);
      this.report();
    });
    network.on("click", ({ pointer }) => this.select(this.pick(pointer)));
    network.on("doubleClick", ({ pointer }) => this.focus(pointer));
    network.on("hoverNode", ({ node, pointer }) => this.hover(said(this.nodes.get(node)), pointer));
    network.on("hoverEdge", ({ edge, pointer }) => this.hover(said(this.edges.get(edgeOf(edge))), pointer));
    for (const event of ["blurNode", "blurEdge", "dragStart", "zoom"]) network.on(event, () => this.hover());
    network.on("zoom", () => this.camera.limit());
  }

  /** Hands nodes and edges to vis with the looks they have now. */
  refresh() {
    const { difference } = this.data;
    const byId = (items) => new Map(items.map((item) => [item.id, seen(item, this.time, difference)]));
    this.nodes = byId(this.data.nodes);
    this.edges = byId(this.data.edges);
    this.played = played(this.data.play);
    this.scene.look(this.hidden, this.highlighted(), this.played, this.time);
    const edges = [...this.edges.values()];
    const touched =
      synchronise(this.vertices, this.known.vertices, vertices(this.nodes, edges, this.renderer)) +
      synchronise(this.lines, this.known.lines, lines(this.nodes, edges, this.scene));
    this.refreshed = this.data.id;
    this.network.redraw();
    Object.assign(this.root.dataset, {
      selected: this.selected ?? "",
      theme: this.scene.theme,
      time: this.time,
      touched,
      played: this.played?.at ?? "",
    });
    if (!this.opened) this.onResize();
  }

  // --- What is selected --------------------------------------------------------------------------------------------

  /** The numbers of the paths that the selection stands for; null where nothing is selected. */
  highlighted() {
    if (this.selected === null || this.selected === undefined) return null;
    const node = this.nodes.get(this.selected);
    if (node) return { node: node.id, paths: new Set(node.paths) };
    const path = this.data.paths.indexOf(this.data.stands ?? this.selected);
    return path < 0 ? null : { node: null, paths: new Set([path]) };
  }

  /** The id under the pointer: a node's, or that of a path along an edge; another one at each click. */
  pick(pointer) {
    const node = this.nodes.get(this.network.getNodeAt(pointer.DOM));
    if (node && !node.gone) return node.id;
    const edge = this.edges.get(edgeOf(this.network.getEdgeAt(pointer.DOM)));
    if (!edge || edge.gone || !edge.paths?.length) return null;
    const ids = edge.paths.map((path) => this.data.paths[path]);
    return ids[(ids.indexOf(this.selected) + 1) % ids.length];
  }

  select(id) {
    if (id === this.selected) return;
    this.selected = id;
    this.refresh();
    this.send.selected(id);
  }

  /** Selects the row below or above the one that is selected. */
  step(by) {
    const rows = [...this.nodes.values()].filter(({ kind, gone }) => !gone && (kind === "service" || kind === "group"));
    if (!rows.length) return;
    rows.sort((one, other) => one.y - other.y);
    const at = rows.findIndex(({ id }) => id === this.selected);
    const row = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    this.select(row.id);
    this.reveal();
  }

  focus(pointer) {
    const node = this.nodes.get(this.network.getNodeAt(pointer.DOM));
    if (node && !node.gone) {
      this.alone(node);
    } else {
      const { x, y } = pointer.canvas;
      const inside = (band) => x >= band.left && x <= band.right && y >= band.top && y <= band.bottom;
      const band = this.data.layout.bands.find(inside);
      if (band) this.send.focus(`namespace:${band.namespace}`);
    }
  }

  alone(node) {
    if (node && !node.gone && ALONE.has(node.kind)) this.send.focus(node.id);
  }

  hover(text, pointer) {
    this.host.style.cursor = text ? "pointer" : "";
    this.panel.tell(text, pointer?.DOM);
  }

  toggle(verdict) {
    if (!this.hidden.delete(verdict)) this.hidden.add(verdict);
    this.redraw();
  }

  /** Shows a difference as it was, as it is after, or both. */
  flip(time) {
    if (!this.data?.difference) return;
    this.time = time ?? next(this.time);
    this.redraw();
  }

  redraw() {
    this.panel.update(this.data, this.scene, this.hidden, this.time);
    if (this.network) this.refresh();
  }

  // --- Where to look -----------------------------------------------------------------------------------------------

  onResize() {
    const { clientWidth, clientHeight } = this.host;
    if (!this.network || this.opened || !clientWidth || !clientHeight) return;
    this.opened = true;
    this.network.setSize("100%", "100%");
    this.camera.open(this.target());
  }

  /** The middle of what is selected. */
  target() {
    const found = this.highlighted();
    if (!found) return null;
    if (found.node) return this.nodes.get(found.node);
    const onPath = [...this.nodes.values()].filter((node) => node.paths?.some((path) => found.paths.has(path)));
    const row = onPath.find(({ kind }) => kind === "service" || kind === "group");
    if (!row) return null;
    const xs = onPath.map(({ x }) => x);
    return { x: (Math.min(...xs) + Math.max(...xs)) / 2, y: row.y };
  }

  /** Moves a selection that was made elsewhere into sight. */
  reveal() {
    const target = this.target();
    if (target && this.opened) this.camera.reveal(target);
  }

  revealNode(id) {
    const node = this.nodes.get(id);
    if (node && this.opened) this.camera.reveal(node);
  }

  onFullScreen(entered) {
    if (!this.camera) return;
    if (entered) {
      this.place = this.camera.remember();
      this.camera.fit();
    } else if (this.place) this.camera.recall(this.place);
  }

  onKey(event) {
    if (!this.network || event.altKey || event.ctrlKey || event.metaKey) return;
    const typing = event.target.closest?.("select, input, textarea");
    if (event.key === "b" && !typing) this.flip();
    else if (event.target !== this.host || !this.steer(event.key)) return;
    event.preventDefault();
  }

  /** What a key does while the drawing has the focus; false where nothing. */
  steer(key) {
    const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    if (key in moves) this.camera.pan(...moves[key]);
    else if (key === "+" || key === "=") this.camera.zoom(1.25);
    else if (key === "-") this.camera.zoom(0.8);
    else if (key === "0") this.camera.fit();
    else if (key === "PageDown") this.step(1);
    else if (key === "PageUp") this.step(-1);
    else if (key === "Enter") this.alone(this.nodes.get(this.selected));
    else if (key === "Escape") this.select(null);
    else return false;
    return true;
  }

  // --- The rest ----------------------------------------------------------------------------------------------------

  /** The whole drawing as a PNG file, with the legend below. */
  save() {
    if (!this.network) return;
    const { left, right, top, bottom } = this.data.layout;
    const before = this.camera.remember();
    const scale = Math.min(1, 6000 / (right - left), 6000 / (bottom - top));
    const width = Math.ceil((right - left) * scale) + 2 * MARGIN;
    const height = Math.ceil((bottom - top) * scale) + HEADER + 2 * MARGIN;
    this.network.setSize(`${width}px`, `${height}px`);
    this.network.moveTo({ position: { x: (left + right) / 2, y: this.camera.middleY(scale) }, scale });
    this.network.redraw();
    const picture = compose(this.host.querySelector("canvas"), width, height, this.data, this.scene);
    this.network.setSize("100%", "100%");
    this.camera.recall(before);
    this.network.redraw();
    picture.toBlob((blob) => download(blob, "traffic-graph.png"));
  }

  /** Saves the picture that Python has drawn since it was asked to, once. */
  savePicture(picture) {
    if (!picture || picture.id === this.savedPicture) return;
    this.savedPicture = picture.id;
    download(new Blob([picture.text], { type: "image/svg+xml" }), "traffic-graph.svg");
  }

  /** What can be told from outside, for tests and for the curious. */
  report() {
    const { x, y } = this.network.getViewPosition();
    const marks = { scale: this.network.getScale().toFixed(4), x: x.toFixed(1), y: y.toFixed(1) };
    Object.assign(this.root.dataset, marks, {
      nodes: this.vertices.length,
      edges: this.lines.length,
      hidden: [...this.hidden].join(" "),
      revision: this.refreshed,
      ready: "true",
    });
  }

  /** The places of all nodes as vis has them, and which of them are seen: for tests. */
  places() {
    const places = this.network.getPositions();
    return Object.fromEntries(
      [...this.nodes.values()].map((node) => [
        node.id,
        { ...places[node.id], alpha: node.gone ? 0 : this.scene.alpha(node), badge: node.badge ?? null },
      ]),
    );
  }

  destroy() {
    this.resized.disconnect();
    this.network?.destroy();
    this.network = undefined;
    this.panel.destroy();
  }
}
