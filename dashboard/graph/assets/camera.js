// Where one looks: what of the drawing is seen, and how large.

export const HEADER = 30; // the lane headers' height in pixels
export const MARGIN = 14;
const READABLE = 0.8; // the scale at which a selection is opened
const LEAST = 0.5; // the least scale at which all lanes are shown rather than a part of them nearer
const [FARTHEST, NEAREST] = [0.1, 3];

export class Camera {
  constructor(network, host, panel) {
    this.network = network;
    this.host = host;
    this.panel = panel;
    this.layout = null;
  }

  size() {
    return { width: this.host.clientWidth, height: this.host.clientHeight };
  }

  /** The part of the drawing that is visible, in its own units, with the scale. */
  frame() {
    const { width, height } = this.size();
    const { x: left, y: top } = this.network.DOMtoCanvas({ x: 0, y: 0 });
    const scale = this.network.getScale();
    return { left, top, right: left + width / scale, bottom: top + height / scale, scale };
  }

  moveTo(x, y, scale, animate) {
    const still = !animate || this.panel.prefersStill();
    const animation = still ? false : { duration: 250, easingFunction: "easeInOutQuad" };
    this.network.moveTo({ position: { x, y }, scale, animation });
  }

  /** The scales at which all lanes fit, and all rows. */
  scales() {
    const { left, right, top, bottom } = this.layout;
    const { width, height } = this.size();
    const across = (width - 2 * MARGIN) / (right - left);
    return { across, down: (height - HEADER - 2 * MARGIN) / Math.max(bottom - top, 1) };
  }

  fit(animate = true) {
    const { across, down } = this.scales();
    const { left, right } = this.layout;
    const scale = Math.min(across, down, 1.25);
    this.moveTo((left + right) / 2, this.middleY(scale), scale, animate);
  }

  /** The first view: readable, on `target` (what is selected), else from the top; all lanes where they fit. */
  open(target) {
    const { across, down } = this.scales();
    const { left, top } = this.layout;
    if (Math.min(across, down, 1.25) >= READABLE) {
      this.fit(false);
    } else if (target) {
      const scale = across >= LEAST ? Math.min(across, READABLE) : READABLE;
      this.moveTo(this.within(target.x, scale), target.y, scale, false);
    } else {
      const scale = Math.max(LEAST, Math.min(across, 1));
      const y = down >= scale ? this.middleY(scale) : top + (this.size().height / 2 - HEADER - MARGIN) / scale;
      this.moveTo(this.within(left, scale), y, scale, false);
    }
  }

  /** The middle of a view that shows `x` and nothing beside the lanes; the middle of the lanes where all fit. */
  within(x, scale) {
    const { left, right } = this.layout;
    const half = (this.size().width / 2 - MARGIN) / scale;
    return right - left <= 2.04 * half ? (left + right) / 2 : Math.min(Math.max(x, left + half), right - half);
  }

  middleY(scale) {
    const { top, bottom } = this.layout;
    return (top + bottom) / 2 - HEADER / 2 / scale;
  }

  /** Moves `target` into sight, where it is not. */
  reveal(target) {
    const { left, right, top, bottom, scale } = this.frame();
    const inside = target.x > left && target.x < right && target.y > top + HEADER / scale && target.y < bottom;
    if (inside) return;
    this.moveTo(this.within(target.x, scale), target.y, scale, true);
  }

  isAnyVisible(nodes) {
    const { left, right, top, bottom } = this.frame();
    return nodes.some(({ x, y }) => x > left && x < right && y > top && y < bottom);
  }

  pan(dx, dy) {
    const { x, y } = this.network.getViewPosition();
    const scale = this.network.getScale();
    this.moveTo(x + dx / scale, y + dy / scale, scale, false);
  }

  zoom(factor) {
    const { x, y } = this.network.getViewPosition();
    this.moveTo(x, y, Math.min(Math.max(this.network.getScale() * factor, FARTHEST), NEAREST), true);
  }

  limit() {
    const scale = this.network.getScale();
    if (scale < FARTHEST || scale > NEAREST) {
      this.network.moveTo({ scale: Math.min(Math.max(scale, FARTHEST), NEAREST) });
    }
  }

  remember() {
    return { position: this.network.getViewPosition(), scale: this.network.getScale() };
  }

  recall(place) {
    this.network.moveTo(place);
  }
}
