// Icons on a grid of 16 × 16, as strokes.

export const ICONS = {
  client: "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.7 13.6c.5-2.6 2.6-4 5.3-4s4.8 1.4 5.3 4",
  gateway: "M2.5 14V7.5a5.5 5.5 0 0 1 11 0V14M6.2 14V8.6a1.8 1.8 0 0 1 3.6 0V14M1 14h14",
  listener: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM8 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2Z",
  route: "M1.5 8H5l4-4h5M5 8l4 4h5M12 1.8 14.2 4 12 6.2M12 9.8l2.2 2.2-2.2 2.2",
  service: "M8 1.8l5.4 3.1v6.2L8 14.2l-5.4-3.1V4.9Z",
  ztunnel: "M4.5 4.2h7a3.8 3.8 0 0 1 0 7.6h-7a3.8 3.8 0 0 1 0-7.6ZM4.5 4.2a3.8 3.8 0 0 1 0 7.6",
  waypoint: "M8 1.5 14.5 8 8 14.5 1.5 8ZM5.4 8h5M8.4 6l2 2-2 2",
  endpoints: "M5.5 2H14v8.5H5.5ZM2 5.5V14h8.5",
  namespace: "M2 2.5h5v5H2ZM9 2.5h5v5H9ZM2 9h5v5H2ZM9 9h5v5H9Z",
  policy: "M8 1.8 13.2 3.8v4.3c0 3.2-2.2 5.2-5.2 6.2-3-1-5.2-3-5.2-6.2V3.8Z",
  cross: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  empty: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM4 12 12 4",
  question: "M5.4 5.8a2.7 2.7 0 1 1 4 2.4c-1 .6-1.4 1.1-1.4 2M8 13.2v.3",
};

export const END_ICONS = { blackhole: "cross", "no-endpoints": "empty", invalid: "question" };

const shapes = new Map();

/** Strokes an icon of `size` with its upper left corner at a place. */
export function drawIcon(context, name, x, y, size, colour, width = 1.4) {
  if (!shapes.has(name)) shapes.set(name, new Path2D(ICONS[name]));
  context.save();
  context.translate(x, y);
  context.scale(size / 16, size / 16);
  context.strokeStyle = colour;
  context.lineWidth = (width * 16) / size;
  context.lineCap = context.lineJoin = "round";
  context.stroke(shapes.get(name));
  context.restore();
}
