// What Python sends is whole, or what changed since a whole that it has sent before.

const MOST = 4; // wholes that are kept, of all graphs of a page
const wholes = new Map();

/** The data of a graph; null where it changes a whole that is not here. */
export function restored(data) {
  if (data.whole) {
    wholes.delete(data.id);
    wholes.set(data.id, data);
    if (wholes.size > MOST) wholes.delete(wholes.keys().next().value);
    return data;
  }
  const base = wholes.get(data.base);
  if (!base) return null;
  const lists = { nodes: merged(base, data, "nodes"), edges: merged(base, data, "edges") };
  return { ...base, ...data.set, ...lists, id: data.id };
}

/** The items of `base` with those of `data` in their places, or at the end; without those that are gone. */
function merged(base, data, name) {
  const { put, gone } = data[name];
  if (!put.length && !gone.length) return base[name];
  const found = new Map(base[name].map((item) => [item.id, item]));
  for (const id of gone) found.delete(id);
  for (const item of put) found.set(item.id, item);
  return [...found.values()];
}
