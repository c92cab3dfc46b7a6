// Text and boxes on a canvas: text that fits, colours that are mixed.

const probe = document.createElement("canvas").getContext("2d");

/** Any CSS colour as [red, green, blue]. */
function channels(colour) {
  probe.fillStyle = "#000000";
  probe.fillStyle = colour;
  const text = probe.fillStyle;
  if (text.startsWith("#")) return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  return text.match(/[\d.]+/g).slice(0, 3).map(Number);
}

export function mix(colour, other, share) {
  const [one, two] = [channels(colour), channels(other)];
  return `rgb(${one.map((value, at) => Math.round(value * share + two[at] * (1 - share))).join(",")})`;
}

export function fade(colour, alpha) {
  return `rgba(${channels(colour).join(",")},${alpha})`;
}

export function luminance(colour) {
  const [red, green, blue] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const fitted = new Map();

/** `text` as far as it fits into `width`, with an ellipsis; the middle is left out, since names differ at the ends. */
export function fit(context, text, width) {
  const key = `${context.font}|${width}|${text}`;
  let found = fitted.get(key);
  if (found === undefined) {
    found = text;
    if (context.measureText(text).width > width) {
      let [least, most] = [0, text.length];
      while (least < most) {
        const kept = Math.ceil((least + most) / 2);
        if (context.measureText(ellipsis(text, kept)).width <= width) least = kept;
        else most = kept - 1;
      }
      found = ellipsis(text, least);
    }
    if (fitted.size > 5000) fitted.clear();
    fitted.set(key, found);
  }
  return found;
}

function ellipsis(text, kept) {
  const head = Math.ceil(kept * 0.6);
  return `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`;
}

export function write(context, scene, text, x, y, { size, weight = 400, colour, align = "left", width = Infinity }) {
  context.font = `${weight} ${size}px ${scene.font}`;
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(width === Infinity ? text : fit(context, text, width), x, y);
}

/** Begins the path of a rounded box. */
export function box(context, x, y, width, height, radius) {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
}
