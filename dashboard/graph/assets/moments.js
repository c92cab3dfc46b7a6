// A difference at one of its moments: both states at once, or how it was, or how it is after. Nothing has another place.

export const BOTH = "both";
export const BEFORE = "before";
export const AFTER = "after";

/** `item`, a node or an edge, as it is at `time`; `gone` where that state does not have it. */
export function seen(item, time, difference) {
  if (!difference || time === BOTH) return item.onlyBefore ? { ...item, gone: true } : item;
  const look = time === BEFORE ? item.was : item.now;
  return look === null ? { ...item, gone: true } : { ...item, ...look, change: "", touched: false };
}

/** The moment after `time`, for a key that goes through all of them. */
export function next(time) {
  return { [BOTH]: BEFORE, [BEFORE]: AFTER, [AFTER]: BOTH }[time];
}

/** A request as far as it is played: which items it has passed, and the node that it is at. Null where none is. */
export function played(play) {
  if (!play || !play.stops.length) return null;
  const step = Math.min(Math.max(play.step, 0), play.stops.length - 1);
  const passed = play.stops.slice(0, step + 1);
  const nodes = new Set(passed);
  const hops = new Set(passed.slice(1).map((stop, number) => JSON.stringify([passed[number], stop])));
  return {
    at: passed.at(-1),
    has: (item) => (item.from === undefined ? nodes.has(item.id) : hops.has(JSON.stringify([item.from, item.to]))),
  };
}
