// Elements from data. A tree is ["tag", {attributes}, ...children]; texts are set as text and nothing is parsed.
//
// Streamlit calls the default export again whenever the tree changes. Elements stay where they were and take on what is
// new, so that focus, scroll positions, open details and checked rows outlive every change. Of a large tree Python sends
// what changed since a whole that it has sent before; what it does not send is the same data, and not looked at again.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "line", "circle"]);
const TAGS = new Set(
  ("div section header p span strong em code pre small ul ol li dl dt dd h2 h3 h4 table caption thead tbody tr th td " +
    "button label input select option fieldset legend details summary svg path line circle").split(" "),
);
const PLAIN = new Set(
  ("class title role scope colspan rowspan type name value disabled tabindex for id hidden d viewBox width height fill " +
    "stroke stroke-width stroke-dasharray stroke-linecap x1 x2 y1 y2 cx cy r").split(" "),
);
const mounts = new WeakMap();
const behind = new WeakMap(); // element → its attributes as they were sent
const shown = new WeakMap(); // element → all that was sent of it

export default function markup({ data, parentElement, setTriggerValue }) {
  let mount = mounts.get(parentElement);
  if (!mount) {
    mount = { root: document.createElement("div"), touched: new Set() };
    mount.root.className = "root";
    parentElement.append(mount.root);
    mounts.set(parentElement, mount);
    listen(mount);
  }
  mount.send = (act) => setTriggerValue("act", act);
  const tree = restored(mount, data);
  if (tree === undefined) return void setTriggerValue("again", String(data.base));
  children(mount.root, [tree]);
  for (const element of mount.touched) settle(element);
  mount.touched.clear();
  recount(mount.root);
}

// --- Receiving --------------------------------------------------------------------------------------------------------

/** The tree that was meant; undefined where it changes one that is not here. */
function restored(mount, data) {
  if (data.tree !== undefined) {
    mount.whole = data.id === undefined ? undefined : { id: data.id, tree: data.tree };
    return data.tree;
  }
  return mount.whole?.id === data.base ? merged(["", {}, mount.whole.tree], data.change) : undefined;
}

/** What `change` makes of a child of `parent`: a number, alone or in a name's place, is the position of the child. */
function merged(parent, change) {
  if (typeof change === "number") return parent[change + 2];
  if (typeof change === "string" || typeof change[0] === "string") return change;
  const [position, attributes, ...below] = change;
  const before = parent[position + 2];
  return [before[0], attributes || before[1], ...below.map((child) => merged(before, child))];
}

// --- Building ---------------------------------------------------------------------------------------------------------

/** Makes the children of `parent` what `wanted` says, with as many of the elements there are as fit. */
function children(parent, wanted) {
  const keyed = new Map();
  for (const child of parent.childNodes) {
    const key = behind.get(child)?.key;
    if (key !== undefined) keyed.set(key, child);
  }
  let next = parent.firstChild;
  for (const node of wanted) {
    const key = typeof node === "string" ? undefined : node[1].key;
    let child = key === undefined ? next : keyed.get(key);
    if (key === undefined && child && behind.get(child)?.key !== undefined) child = null;
    const made = fits(child, node) ? child : create(node);
    if (made !== next) parent.insertBefore(made, next);
    else next = next.nextSibling;
    fill(made, node);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

function fits(child, node) {
  if (!child) return false;
  if (typeof node === "string") return child.nodeType === Node.TEXT_NODE;
  return child.nodeType === Node.ELEMENT_NODE && child.localName === node[0];
}

function create(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const tag = node[0];
  if (!TAGS.has(tag)) throw new Error(`no element ${tag}`);
  return SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
}

function fill(element, node) {
  if (typeof node === "string") {
    if (element.data !== node) element.data = node;
    return;
  }
  if (shown.get(element) === node) return;
  shown.set(element, node);
  const [, wanted, ...below] = node;
  const before = behind.get(element) ?? {};
  if (!behind.has(element) && wanted.open) element.open = true; // from then on it is the user's
  behind.set(element, wanted);
  for (const name of Object.keys(before)) if (!(name in wanted)) set(element, name, null);
  for (const [name, value] of Object.entries(wanted)) {
    if (name === "vars" || before[name] !== value) set(element, name, value);
  }
  children(element, below);
  settle(element);
}

/** What a user may have changed meanwhile goes back to what the server says. */
function settle(element) {
  const [, wanted, ...below] = shown.get(element);
  if ("act" in wanted && element.localName === "input") element.checked = "checked" in wanted;
  if (element.localName === "select") {
    element.selectedIndex = below.findIndex((option) => "selected" in option[1]);
  }
}

function set(element, name, value) {
  if (name === "vars") {
    for (const [key, one] of Object.entries(value ?? {})) element.style.setProperty(`--${key}`, one);
  } else if (PLAIN.has(name) || name.startsWith("aria-")) {
    if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
  } else if (name === "check") {
    element.dataset.check = value ?? "";
  }
}

// --- Acting -----------------------------------------------------------------------------------------------------------

function listen(mount) {
  const { root } = mount;
  root.addEventListener("click", (event) => {
    for (let at = event.target; at !== root && at !== null; at = at.parentElement) {
      if (["input", "select", "label", "summary"].includes(at.localName)) return; // they act by themselves
      const told = behind.get(at);
      if (told?.copy !== undefined) return void copy(at, told.copy);
      if (told?.act && !at.disabled) return send(mount, at, told);
      if (at.localName === "button") return;
    }
  });
  root.addEventListener("change", (event) => {
    const { target } = event;
    const told = behind.get(target);
    if (told?.check !== undefined) checked(root, target, told.check);
    else if (told?.act) {
      for (const one of together(root, target)) mount.touched.add(one);
      send(mount, target, told, target.localName === "select" ? [target.value] : []);
    }
  });
}

/** What a change of `element` changes: itself, and the radio buttons of its group. */
function together(root, element) {
  if (element.type !== "radio") return [element];
  return [...root.querySelectorAll("input[type=radio]")].filter((one) => one.name === element.name);
}

/** Sends what a click means: the action, then a value that was chosen, then the rows that are checked. */
function send(mount, element, told, more = []) {
  const act = [...told.act, ...more];
  if (told.collect !== undefined) {
    act.push(boxes(mount.root, told.collect).filter((box) => box.checked).map((box) => box.value));
  }
  if (told.leads) oneStep(told.leads);
  mount.send(act);
}

function boxes(root, group) {
  return [...root.querySelectorAll("input[type=checkbox]")].filter(
    (box) => behind.get(box)?.check === group && box.value !== "*",
  );
}

/** A check box has changed: the one that stands for all follows, and so do the buttons that need a checked one. */
function checked(root, box, group) {
  if (box.value === "*") for (const one of boxes(root, group)) one.checked = box.checked;
  recount(root);
}

function recount(root) {
  const groups = new Set([...root.querySelectorAll("[data-check]")].map((box) => box.dataset.check));
  for (const group of groups) {
    const all = boxes(root, group);
    const count = all.filter((box) => box.checked).length;
    for (const box of root.querySelectorAll("input[type=checkbox]")) {
      if (behind.get(box)?.check === group && box.value === "*") {
        box.checked = count > 0 && count === all.length;
        box.indeterminate = count > 0 && count < all.length;
      }
    }
    for (const row of root.querySelectorAll("tr")) {
      const own = all.find((box) => row.contains(box));
      if (own) row.classList.toggle("checked", own.checked);
    }
    for (const element of root.querySelectorAll("button")) {
      if (behind.get(element)?.collect === group) element.disabled = count === 0;
    }
    for (const element of root.querySelectorAll(`.count-of-${CSS.escape(group)}`)) element.textContent = String(count);
  }
}

async function copy(element, text) {
  const wanted = text === "@link" ? location.href : text;
  let done = true;
  try {
    await navigator.clipboard.writeText(wanted);
  } catch {
    done = copyByHand(element, wanted);
  }
  element.classList.toggle("copied", done);
  element.setAttribute("aria-live", "polite");
  setTimeout(() => element.classList.remove("copied"), 1600);
}

/** The clipboard's own interface exists on HTTPS and on this machine only. */
function copyByHand(element, text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position:fixed;opacity:0";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  element.focus();
  return done;
}
