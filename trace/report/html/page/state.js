/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user looks at: range, cursor, markers, filter, tab. Kept in the address, so that a view can be sent to somebody. */
"use strict";

const state = (() => {
  const SHORTEST_VIEW = 1000; /* ns */
  const listeners = new Map();
  const view = { end: 1, from: 0, to: 1, cursor: null, a: null, b: null, filter: "", tab: "overview", log: "serial", theme: "auto" };
  const NUMBERS = ["from", "to", "cursor", "a", "b"];
  const TEXTS = { filter: "", tab: "overview", log: "serial", theme: "auto" };
  let isSilent = false;

  /* LISTENER is called after any of KEYS ("from to") changed, with the state. */
  function on(keys, listener) {
    keys.split(" ").forEach((key) => listeners.set(key, [...(listeners.get(key) || []), listener]));
  }

  function limited(changes) {
    const next = { ...view, ...changes };
    if (next.to - next.from < SHORTEST_VIEW) {
      const middle = (next.from + next.to) / 2;
      next.from = middle - SHORTEST_VIEW / 2;
      next.to = middle + SHORTEST_VIEW / 2;
    }
    const length = Math.min(next.to - next.from, view.end);
    next.from = core.clamp(next.from, 0, view.end - length);
    next.to = next.from + length;
    for (const key of ["cursor", "a", "b"]) {
      next[key] = next[key] === null ? null : core.clamp(next[key], 0, view.end);
    }
    return next;
  }

  function set(changes) {
    const next = limited(changes);
    const called = new Set();
    for (const key of Object.keys(next)) {
      if (next[key] !== view[key]) {
        view[key] = next[key];
        (listeners.get(key) || []).forEach((listener) => called.add(listener));
      }
    }
    called.forEach((listener) => listener(view));
    if (called.size && !isSilent) {
      remember();
    }
  }

  /* Makes sure that T is seen, without changing the zoom. */
  function reveal(t) {
    const length = view.to - view.from;
    const isSeen = t >= view.from && t <= view.to;
    set(isSeen ? { cursor: t } : { cursor: t, from: t - length / 2, to: t + length / 2 });
  }

  function zoom(factor, around = (view.from + view.to) / 2) {
    set({ from: around - (around - view.from) * factor, to: around + (view.to - around) * factor });
  }

  function pan(fraction) {
    const step = (view.to - view.from) * fraction;
    const from = core.clamp(view.from + step, 0, view.end - (view.to - view.from));
    set({ from, to: from + (view.to - view.from) });
  }

  function toHash() {
    const parts = [];
    if (view.from > 0 || view.to < view.end) {
      parts.push(`v=${Math.round(view.from)}-${Math.round(view.to)}`);
    }
    for (const key of ["cursor", "a", "b"]) {
      if (view[key] !== null) {
        parts.push(`${key}=${Math.round(view[key])}`);
      }
    }
    for (const [key, usual] of Object.entries(TEXTS)) {
      if (view[key] !== usual) {
        parts.push(`${key}=${encodeURIComponent(view[key])}`);
      }
    }
    return "#" + parts.join("&");
  }

  const remember = core.later(150, () => {
    if (toHash() !== (location.hash || "#")) {
      history.replaceState(null, "", toHash());
    }
  });

  /* Reads an address; what is no number there counts as absent. */
  function fromHash(hash) {
    const result = { from: 0, to: view.end, cursor: null, a: null, b: null, ...TEXTS };
    for (const part of hash.replace(/^#/, "").split("&")) {
      const [key, text = ""] = part.split("=");
      const range = /^(\d{1,16})-(\d{1,16})$/.exec(text);
      if (key === "v" && range && Number(range[1]) < Number(range[2])) {
        result.from = Number(range[1]);
        result.to = Number(range[2]);
      } else if (key in TEXTS) {
        try {
          result[key] = decodeURIComponent(text);
        } catch {
          result[key] = TEXTS[key];
        }
      } else if (NUMBERS.includes(key) && /^\d{1,16}$/.test(text)) {
        result[key] = Number(text);
      }
    }
    return result;
  }

  function load() {
    isSilent = true;
    set(fromHash(location.hash));
    isSilent = false;
  }

  function begin(end) {
    view.end = end;
    view.to = end;
    window.addEventListener("hashchange", load);
  }

  return { view, on, set, reveal, zoom, pan, begin, load };
})();
