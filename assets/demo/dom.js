// Elements made from values. Text always becomes a text node, never markup.

/** An element with properties, listeners (`onclick`) and attributes, and its children. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Says in a corner what went wrong. */
export function toast(text) {
  const note = el("div", { class: "toast" }, text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), 6000);
}

/**
 * Asks in a dialog and resolves to what was entered: a text where `label` is given, `true` for a
 * plain yes, `null` for no.
 */
export function ask({ title, text, label, value = "", confirm = "OK", deny = "Cancel", danger = false }) {
  const dialog = byId("question");
  return new Promise((resolve) => {
    const input = label && el("input", { type: "text", value, required: true });
    const finish = (answer) => {
      dialog.oncancel = null;
      dialog.close();
      resolve(answer);
    };
    const form = el(
      "form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          finish(input ? input.value.trim() : true);
        },
      },
      el("header", {}, el("h2", {}, title)),
      el("div", { class: "body" }, text, label && el("label", { class: "field" }, el("span", { class: "label" }, label), input)),
      el(
        "footer",
        {},
        el("button", { type: "button", class: "button", onclick: () => finish(null) }, deny),
        el("button", { type: "submit", class: danger ? "button danger solid" : "button primary" }, confirm),
      ),
    );
    dialog.replaceChildren(form);
    dialog.oncancel = (event) => {
      event.preventDefault();
      finish(null);
    };
    dialog.showModal();
    if (input) input.select();
  });
}
