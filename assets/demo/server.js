// The workspace behind the page: its state as it changes, and what is done in it.

import { toast } from "./dom.js";

const KEY = "healthbot-demo-user";

/** Whose page this is; remembered for the tab. */
export const who = {
  get id() {
    return sessionStorage.getItem(KEY) ?? "";
  },
  set id(id) {
    sessionStorage.setItem(KEY, id);
  },
};

let polling = new AbortController();

/** Asks again at once, such as after the person behind the page has changed. */
export function refresh() {
  polling.abort();
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Calls `show` with each state, and `lose` with whether the workspace can be reached. */
export async function follow(show, lose) {
  let known = "";
  let asked = who.id;
  for (;;) {
    polling = new AbortController();
    try {
      if (asked !== who.id) known = "";
      asked = who.id;
      const query = new URLSearchParams({ user: asked });
      if (known !== "") query.set("after", known);
      const response = await fetch(`/page/state?${query}`, { signal: polling.signal });
      if (!response.ok) throw new Error(await response.text());
      const state = await response.json();
      known = state.version;
      lose(false);
      show(state);
      // Many changes in a row are shown together.
      await pause(40);
    } catch (error) {
      known = "";
      if (error.name === "AbortError") continue;
      lose(true);
      await pause(1000);
    }
  }
}

/** Does something; resolves to whether it came about, and says so where it did not. */
export async function act(deed, { quiet = false } = {}) {
  let error = "The workspace cannot be reached.";
  try {
    const response = await fetch("/page/act", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: who.id, ...deed }),
    });
    const answer = await response.json();
    if (answer.ok) return null;
    error = answer.error;
  } catch {
    // The message above says it.
  }
  if (!quiet) toast(error);
  return error;
}
