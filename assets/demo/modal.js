// The modal that a person has open: shown as long as the workspace says so.

import { blocks } from "./blocks.js";
import { byId, el } from "./dom.js";
import { plain } from "./elements.js";
import { act } from "./server.js";

let shown = "";

/** Shows the topmost modal, or none. What is typed stays while the view stays the same. */
export function showModal(state, names) {
  const dialog = byId("modal");
  const view = state.modals.at(-1);
  if (!view) {
    shown = "";
    if (dialog.open) dialog.close();
    return;
  }
  const content = JSON.stringify([view.id, view.hash, view.errors]);
  if (content === shown) return;
  const same = shown.startsWith(JSON.stringify([view.id, view.hash]).slice(0, -1));
  const typed = same ? read(dialog) : [];
  shown = content;
  draw(dialog, view, names);
  restore(dialog, typed);
  if (!dialog.open) dialog.showModal();
  const wrong = dialog.querySelector(".wrong input, .wrong select, .wrong textarea");
  (wrong ?? dialog.querySelector(".body input, .body select, .body textarea"))?.focus();
}

const controls = (dialog) => [...dialog.querySelectorAll(".body input, .body select, .body textarea")];
const read = (dialog) => controls(dialog).map((it) => [it.value, it.checked]);

function restore(dialog, typed) {
  controls(dialog).forEach((it, at) => {
    if (!typed[at]) return;
    if (it.type === "checkbox" || it.type === "radio") it.checked = typed[at][1];
    else it.value = typed[at][0];
  });
}

function draw(dialog, view, names) {
  const fields = [];
  const filled = (kind) =>
    fields
      .filter((it) => !kind || it.block.type === kind)
      .flatMap((it) => it.values().map((value) => [it.block.block_id, value]));
  const use = (part, block, option) =>
    act({
      act: "press",
      surface: "modal",
      block_id: block.block_id,
      action_id: part.action_id,
      option: option?.value,
      filled: filled("input"),
    });
  const problem = el("p", { class: "error", role: "alert", hidden: true });
  const close = () => act({ act: "close" });
  const submit = async (event) => {
    event.preventDefault();
    const send = event.target.querySelector("[type=submit]");
    send.disabled = true;
    const error = await act({ act: "submit", filled: filled("input") }, { quiet: true });
    send.disabled = false;
    problem.hidden = error === null;
    problem.textContent = error ?? "";
  };
  const body = view.body;
  dialog.replaceChildren(
    el(
      "form",
      { onsubmit: submit, noValidate: true },
      el("header", {}, el("img", { src: "/page/bot.svg", alt: "" }), el("h2", {}, plain(body.title)), el("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "✕")),
      el("div", { class: "body" }, problem, blocks(body.blocks, { names, use, fields, errors: view.errors })),
      el(
        "footer",
        {},
        el("button", { type: "button", class: "button", onclick: close }, plain(body.close) || (body.submit ? "Cancel" : "Close")),
        body.submit && el("button", { type: "submit", class: "button primary" }, plain(body.submit)),
      ),
    ),
  );
  dialog.oncancel = (event) => {
    event.preventDefault();
    close();
  };
}
