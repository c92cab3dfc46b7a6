// Pictures that are kept: a canvas with its legend as PNG, and files that are downloaded.

import { ORDER } from "./legend.js";

/** `canvas` on its background, the legend below it. */
export function compose(canvas, width, height, data, scene) {
  const ratio = canvas.width / width;
  const picture = document.createElement("canvas");
  picture.width = canvas.width;
  picture.height = canvas.height + Math.round(34 * ratio);
  const context = picture.getContext("2d");
  context.fillStyle = scene.background;
  context.fillRect(0, 0, picture.width, picture.height);
  context.drawImage(canvas, 0, 0);
  context.scale(ratio, ratio);
  context.font = `600 12px ${scene.font}`;
  context.textBaseline = "middle";
  let x = 14;
  for (const verdict of ORDER.filter((one) => data.counts[one])) {
    const style = scene.palette[verdict];
    const word = `${style.word} ${data.counts[verdict].toLocaleString("en")}`;
    context.strokeStyle = style.line;
    context.fillStyle = style.text;
    context.lineWidth = 2.6;
    context.setLineDash(style.dashes);
    context.beginPath();
    context.moveTo(x, height + 16);
    context.lineTo(x + 34, height + 16);
    context.stroke();
    context.fillText(word, x + 41, height + 16.5);
    x += 41 + context.measureText(word).width + 22;
  }
  if (data.note) {
    context.fillStyle = scene.muted;
    context.fillText(data.note, x, height + 16.5);
  }
  return picture;
}

/** Hands `blob` to the browser as a file. */
export function download(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
