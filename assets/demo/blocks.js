// Block Kit to nodes: https://docs.slack.dev/reference/block-kit/blocks

import { el } from "./dom.js";
import { element, image, plain } from "./elements.js";
import { emoji } from "./emoji.js";
import { link, mrkdwn } from "./mrkdwn.js";

/** The nodes of blocks. `context` is `{ names, use, fields, errors }`. */
export function blocks(list, context) {
  return list.map((block) => (SHOWN[block.type] ?? unknown)(block, context));
}

function text(object, context) {
  if (!object) return null;
  return object.type === "mrkdwn" ? mrkdwn(object.text, context.names) : plain(object);
}

const unknown = (block) => el("p", { class: "unknown" }, `[${block.type}]`);

const SHOWN = {
  header: (block) => el("h3", { class: "b-header" }, plain(block.text)),
  divider: () => el("hr", { class: "b-divider" }),
  section: (block, context) =>
    el(
      "div",
      { class: "b-section" },
      el(
        "div",
        { class: "words" },
        block.text && el("div", { class: "text" }, text(block.text, context)),
        block.fields && el("div", { class: "fields" }, block.fields.map((it) => el("div", {}, text(it, context)))),
      ),
      block.accessory && el("div", { class: "accessory" }, element(block.accessory, block, context)),
    ),
  context: (block, context) =>
    el(
      "div",
      { class: "b-context" },
      block.elements.map((it) => (it.type === "image" ? image(it) : el("span", {}, text(it, context)))),
    ),
  actions: (block, context) =>
    el("div", { class: "b-actions" }, block.elements.map((it) => element(it, block, context))),
  image: (block) =>
    el("figure", { class: "b-image" }, block.title && el("figcaption", {}, plain(block.title)), image(block)),
  input: (block, context) => {
    const error = context.errors?.[block.block_id];
    const group = ["checkboxes", "radio_buttons", "multi_static_select"].includes(block.element.type);
    return el(
      group ? "fieldset" : "label",
      { class: error ? "field wrong" : "field" },
      el(group ? "legend" : "span", { class: "label" }, plain(block.label), block.optional && el("i", {}, " (optional)")),
      element(block.element, block, context),
      error && el("span", { class: "error", role: "alert" }, error),
      block.hint && el("span", { class: "hint" }, plain(block.hint)),
    );
  },
  rich_text: (block, context) => el("div", { class: "text" }, block.elements.map((it) => rich(it, context))),
  markdown: (block) => el("div", { class: "text markdown" }, block.text),
};

function rich(node, context) {
  const inner = () => (node.elements ?? []).map((it) => rich(it, context));
  switch (node.type) {
    case "text": {
      const style = node.style ?? {};
      const tags = [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"]];
      return tags.filter(([name]) => style[name]).reduce((shown, [, tag]) => el(tag, {}, shown), node.text);
    }
    case "link":
      return link(node.url, node.text);
    case "emoji":
      return emoji(node.name) ?? `:${node.name}:`;
    case "user":
      return el("span", { class: "mention" }, `@${context.names.user(node.user_id) ?? node.user_id}`);
    case "channel":
      return el("a", { class: "mention", href: `#${node.channel_id}` }, `#${context.names.channel(node.channel_id) ?? node.channel_id}`);
    case "rich_text_list":
      return el(node.style === "ordered" ? "ol" : "ul", {}, node.elements.map((it) => el("li", {}, rich(it, context))));
    case "rich_text_quote":
      return el("blockquote", {}, inner());
    case "rich_text_preformatted":
      return el("pre", { class: "code" }, inner());
    default:
      return el("div", {}, inner());
  }
}
