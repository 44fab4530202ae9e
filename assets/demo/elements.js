// Buttons, menus and inputs of Block Kit. `use(element, block, option)` is called when one is used.

import { ask, el } from "./dom.js";
import { emoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

/** A plain text with its emoji shown. */
export function plain(object) {
  return (object?.text ?? "").replace(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole);
}

/** The node of an element. `context` is `{ names, use, fields }`. */
export function element(part, block, context) {
  switch (part.type) {
    case "button":
      return button(part, block, context);
    case "overflow":
      return overflow(part, block, context);
    case "static_select":
      return select(part, block, context);
    case "multi_static_select":
    case "checkboxes":
      return choices(part, block, context, "checkbox");
    case "radio_buttons":
      return choices(part, block, context, "radio");
    case "image":
      return image(part);
    default:
      return input(part, block, context);
  }
}

/** An image that would have to come from elsewhere is shown by what it says. */
export function image(part) {
  return el("span", { class: "picture", title: part.image_url ?? "" }, part.alt_text ?? "image");
}

async function agreed(part, context) {
  const question = part.confirm;
  if (!question) return true;
  const text = question.text?.type === "mrkdwn" ? mrkdwn(question.text.text, context.names) : [plain(question.text)];
  const answer = await ask({
    title: plain(question.title),
    text: el("p", {}, text),
    confirm: plain(question.confirm),
    deny: plain(question.deny),
    danger: question.style === "danger",
  });
  return answer === true;
}

function button(part, block, context) {
  const style = ["primary", "danger"].includes(part.style) ? ` ${part.style}` : "";
  const node = el("button", { type: "button", class: `button${style}`, "aria-label": part.accessibility_label }, plain(part.text));
  node.addEventListener("click", async () => {
    if (!(await agreed(part, context))) return;
    if (part.url && /^https?:\/\//.test(part.url)) window.open(part.url, "_blank", "noopener,noreferrer");
    node.disabled = true;
    await context.use(part, block);
    node.disabled = false;
  });
  return node;
}

function overflow(part, block, context) {
  const menu = el("details", { class: "menu" });
  const choose = async (option) => {
    menu.open = false;
    if (await agreed(part, context)) await context.use(part, block, option);
  };
  menu.append(
    el("summary", { class: "button", "aria-label": "More actions" }, "⋯"),
    el(
      "div",
      { class: "options" },
      part.options.map((option) => el("button", { type: "button", onclick: () => choose(option) }, plain(option.text))),
    ),
  );
  return menu;
}

const groups = (part) => part.option_groups ?? [{ options: part.options ?? [] }];

function select(part, block, context) {
  const initial = part.initial_option?.value;
  const option = (it) => el("option", { value: it.value, selected: it.value === initial }, plain(it.text));
  const node = el(
    "select",
    { class: "select", "aria-label": plain(part.placeholder) },
    !initial && el("option", { value: "", selected: true }, plain(part.placeholder) || "Choose…"),
    groups(part).map((group) =>
      group.label ? el("optgroup", { label: plain(group.label) }, group.options.map(option)) : group.options.map(option),
    ),
  );
  const chosen = () => groups(part).flatMap((group) => group.options).find((it) => it.value === node.value);
  return field(part, block, context, node, "change", () => [node.value], chosen);
}

function choices(part, block, context, type) {
  const initial = [part.initial_option, ...(part.initial_options ?? [])].map((it) => it?.value);
  const name = `${block.block_id}-${part.action_id}`;
  const boxes = groups(part).flatMap((group) => group.options).map((option) => [
    el("input", { type, name, value: option.value, checked: initial.includes(option.value) }),
    option,
  ]);
  const node = el(
    "div",
    { class: "choices" },
    boxes.map(([box, option]) =>
      el(
        "label",
        {},
        box,
        el("span", {}, option.text.type === "mrkdwn" ? mrkdwn(option.text.text, context.names) : plain(option.text)),
        option.description && el("small", {}, plain(option.description)),
      ),
    ),
  );
  const chosen = () => boxes.filter(([box]) => box.checked);
  const values = () => (chosen().length ? chosen().map(([box]) => box.value) : [""]);
  return field(part, block, context, node, "change", values, () => chosen().at(-1)?.[1]);
}

const TYPES = { email_text_input: "email", url_text_input: "url", number_input: "number", datepicker: "date", timepicker: "time" };

function input(part, block, context) {
  const common = {
    value: part.initial_value ?? part.initial_date ?? part.initial_time ?? "",
    placeholder: plain(part.placeholder),
    maxLength: part.max_length ?? 3000,
  };
  const node = part.multiline
    ? el("textarea", { rows: 4, ...common })
    : el("input", { type: TYPES[part.type] === "number" ? "text" : TYPES[part.type] ?? "text", inputMode: TYPES[part.type] === "number" ? "decimal" : undefined, ...common });
  return field(part, block, context, node, "change", () => [node.value], () => undefined);
}

/** Keeps an input for the form it is in, or tells at once where it stands in none. */
function field(part, block, context, node, event, values, chosen) {
  context.fields?.push({ block, values });
  const tells = block.type !== "input" || block.dispatch_action;
  if (tells) {
    node.addEventListener(event, async () => {
      if (await agreed(part, context)) await context.use(part, block, chosen());
    });
  }
  return node;
}
