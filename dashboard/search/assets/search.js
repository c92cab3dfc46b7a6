// A field that looks for objects by a part of their name. What is found comes from the server; names are set as text.
//
// "/" or Ctrl+K leads to the field from anywhere, the arrows through the list, Enter to what is marked, Escape away.

const PAUSE = 120; // milliseconds without a key after which the server is asked
const mounts = new WeakMap();

export default function search({ data, parentElement, setTriggerValue }) {
  let mount = mounts.get(parentElement);
  if (!mount) {
    mount = build(parentElement);
    mounts.set(parentElement, mount);
  }
  mount.send = setTriggerValue;
  mount.data = data;
  show(mount);
  return () => {
    document.removeEventListener("keydown", mount.shortcut);
    mounts.delete(parentElement);
  };
}

function make(tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

function build(parent) {
  const root = make("div", { class: "search" });
  const input = make("input", {
    type: "text",
    role: "combobox",
    "aria-label": "Find an object by a part of its name",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": "found",
    placeholder: "Find a service, gateway, route …",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "200",
  });
  const key = make("kbd", { "aria-hidden": "true" }, "/");
  const list = make("ul", { id: "found", role: "listbox", "aria-label": "Objects found", hidden: "" });
  const told = make("p", { class: "told", "aria-live": "polite", hidden: "" });
  const drop = make("div", { class: "drop", hidden: "" });
  drop.append(list, told);
  root.append(input, key, drop);
  parent.append(root);
  const mount = { root, input, list, told, drop, at: 0, open: false, entered: false, timer: 0, data: null };
  listen(mount);
  return mount;
}

// --- Showing ----------------------------------------------------------------------------------------------------------

/** Whether what the server found is about what stands in the field. */
function current(mount) {
  return mount.data.text === mount.input.value.trim();
}

function show(mount) {
  const { input, list, told, drop, data } = mount;
  const wanted = input.value.trim();
  const open = mount.open && wanted !== "";
  drop.hidden = !open;
  input.setAttribute("aria-expanded", String(open));
  if (!open) return void input.removeAttribute("aria-activedescendant");
  if (current(mount)) {
    mount.at = Math.max(0, Math.min(mount.at, data.hits.length - 1));
    list.replaceChildren(...data.hits.map((hit, number) => option(mount, hit, number)));
    if (mount.entered && data.hits.length > 0) return void go(mount, data.hits[mount.at]);
    mount.entered = false;
  }
  list.hidden = list.childElementCount === 0;
  told.textContent = sentence(mount);
  told.hidden = told.textContent === "";
  mark(mount);
}

function sentence(mount) {
  const { data, input } = mount;
  if (!current(mount)) return "Looking …";
  if (data.total === 0) return `Nothing in the source has “${input.value.trim()}” in its name.`;
  return data.total > data.hits.length ? `${data.hits.length} of ${data.total.toLocaleString("en")} shown` : "";
}

function option(mount, hit, number) {
  const element = make("li", { role: "option", id: `hit-${number}` });
  const name = make("span", { class: "name" });
  const cut = hit.title.lastIndexOf("/") + 1;
  name.append(make("span", { class: "dim" }, hit.title.slice(0, cut)), hit.title.slice(cut));
  element.append(
    make("span", { class: "kind" }, hit.kind),
    name,
    make("span", { class: `what${hit.verdict ? ` v-${hit.verdict}` : ""}` }, hit.told),
  );
  element.addEventListener("pointermove", () => {
    if (mount.at === number) return;
    mount.at = number;
    mark(mount);
  });
  element.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  element.addEventListener("click", () => go(mount, hit));
  return element;
}

function mark(mount) {
  [...mount.list.children].forEach((one, number) => {
    one.setAttribute("aria-selected", String(number === mount.at));
    if (number === mount.at) one.scrollIntoView({ block: "nearest" });
  });
  const marked = mount.list.children[mount.at];
  if (marked) mount.input.setAttribute("aria-activedescendant", marked.id);
  else mount.input.removeAttribute("aria-activedescendant");
}

// --- Acting -----------------------------------------------------------------------------------------------------------

function listen(mount) {
  const { input } = mount;
  input.addEventListener("input", () => {
    mount.open = true;
    mount.at = 0;
    mount.entered = false;
    ask(mount);
    show(mount);
  });
  input.addEventListener("focus", () => {
    mount.open = true;
    show(mount);
  });
  input.addEventListener("blur", () => close(mount));
  input.addEventListener("keydown", (event) => {
    event.stopPropagation(); // Streamlit has keys of its own
    const hits = current(mount) ? mount.data.hits : [];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && hits.length > 0) {
      mount.open = true;
      mount.at = (mount.at + step + hits.length) % hits.length;
      show(mount);
    } else if (event.key === "Enter" && !event.isComposing) {
      if (hits.length > 0) go(mount, hits[mount.at]);
      else mount.entered = input.value.trim() !== "" && !current(mount);
    } else if (event.key === "Escape") {
      if (input.value === "") input.blur();
      input.value = "";
      close(mount);
    } else return;
    event.preventDefault();
  });
  mount.shortcut = (event) => {
    const wanted = event.key === "/" ? !event.ctrlKey && !event.metaKey && !event.altKey : commandK(event);
    if (!wanted || event.defaultPrevented || (event.key === "/" && writes())) return;
    event.preventDefault();
    input.focus();
    input.select();
  };
  document.addEventListener("keydown", mount.shortcut);
}

function commandK(event) {
  return event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
}

/** Whether the user is writing somewhere. */
function writes() {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at) return false;
  if (at.localName === "input") return !["checkbox", "radio", "button", "range", "file"].includes(at.type);
  return ["textarea", "select"].includes(at.localName) || at.isContentEditable;
}

function ask(mount) {
  clearTimeout(mount.timer);
  mount.timer = setTimeout(() => {
    const wanted = mount.input.value.trim();
    if (wanted !== "" && !current(mount)) mount.send("find", wanted);
  }, PAUSE);
}

function go(mount, hit) {
  mount.entered = false;
  mount.input.value = "";
  close(mount);
  mount.input.blur();
  oneStep("paths");
  mount.send("go", hit.name);
}

function close(mount) {
  mount.open = false;
  show(mount);
}
