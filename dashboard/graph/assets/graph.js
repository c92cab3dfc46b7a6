// The traffic graph: a Streamlit component around vis-network, which Python has laid out already.
//
// Streamlit calls the default export again whenever its data changes. One View a mount is kept, and updated by
// difference, so that zoom and pan outlive every change. All names are text: drawn on a canvas, or set as textContent.

import { restored } from "./delta.js";
import { View } from "./view.js";

const views = new WeakMap();

export default function trafficGraph({ data, parentElement, setStateValue, setTriggerValue }) {
  const whole = restored(data);
  if (!whole) {
    // Only what changed was sent, and what it changed is not here: ask for all of it.
    setTriggerValue("again", String(data.id));
    return undefined;
  }
  let view = views.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    views.set(parentElement, view);
  }
  view.send = {
    selected: (id) => setStateValue("selected", id),
    focus: (id) => setTriggerValue("focus", id),
    picture: () => setTriggerValue("picture", String(Date.now())),
  };
  view.update(whole);
  // Streamlit also calls this when a call was overtaken by the next one, and then the view is still in use.
  return () =>
    setTimeout(() => {
      if (!parentElement.isConnected) {
        view.destroy();
        views.delete(parentElement);
      }
    });
}
