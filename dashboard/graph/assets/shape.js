// From nodes and edges to what vis-network draws. Edges leave at the right side of a node and arrive at the left side
// of the next; vis knows centres only, so they lead from and to points there, and by points that they pass.

/** The points that `edge` goes by, first to last, each with an id. */
function stops(edge, nodes) {
  const [start, end] = [nodes.get(edge.from), nodes.get(edge.to)];
  const offset = edge.offset ?? 0;
  const left = { x: end.x - end.width / 2, y: end.y + offset };
  if (edge.bus !== undefined) {
    return [
      { id: `bus:${edge.id}`, x: edge.bus, y: left.y },
      { id: `in:${offset}:${end.id}`, ...left },
    ];
  }
  return [
    { id: `out:${start.id}`, x: start.x + start.width / 2, y: start.y },
    ...(edge.via ?? []).map(([x, y], number) => ({ id: `via:${number}:${edge.id}`, x, y })),
    { id: `in:${end.id}`, ...left },
  ];
}

/** The vertices of `nodes`, drawn by `ctxRenderer`, and the points of `edges`. */
export function vertices(nodes, edges, ctxRenderer) {
  const found = new Map();
  for (const { id, x, y } of nodes.values()) found.set(id, { id, x, y, shape: "custom", ctxRenderer });
  for (const edge of edges) {
    for (const { id, x, y } of stops(edge, nodes)) found.set(id, { id, x, y, shape: "custom", ctxRenderer });
  }
  return [...found.values()];
}

/** The lines of `edges` with their looks; one that passes points is several, whose ids start with `number:`. */
export function lines(nodes, edges, scene) {
  const found = [];
  for (const edge of edges) {
    const points = stops(edge, nodes);
    const { scaleFactor, ...look } = scene.line(edge);
    points.slice(1).forEach((point, number) => {
      const enabled = number === points.length - 2;
      found.push({
        id: `${number}:${edge.id}`,
        from: points[number].id,
        to: point.id,
        hidden: Boolean(edge.gone),
        arrows: { to: { enabled, scaleFactor } },
        ...look,
      });
    });
  }
  return found;
}

/** The id of the edge that a line belongs to. */
export function edgeOf(line) {
  return String(line).replace(/^\d+:/, "");
}

/** Puts `wanted` into `dataset`, touching only what differs; returns how many items were touched. */
export function synchronise(dataset, known, wanted) {
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
  return gone.length + changed.length;
}
