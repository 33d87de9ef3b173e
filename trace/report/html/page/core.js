/* SPDX-License-Identifier: BSD-2-Clause */
/* What every part of the page uses: elements, and numbers as people read them. */
"use strict";

const core = (() => {
  const GROUPS = new Intl.NumberFormat("en-US");
  const UNITS = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];

  /* A new element: "div.name", properties (on... are listeners, aria-... and data-... attributes), children. */
  function el(what, props = {}, ...children) {
    const [tag, ...names] = what.split(".");
    const node = document.createElement(tag);
    if (names.length) {
      node.className = names.join(" ");
    }
    for (const [key, value] of Object.entries(props)) {
      if (value === null || value === undefined || value === false) {
        continue;
      }
      if (key.startsWith("on")) {
        node.addEventListener(key.slice(2), value);
      } else if (key in node && key !== "list") {
        node[key] = value;
      } else {
        node.setAttribute(key, value);
      }
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return node;
  }

  function byId(id) {
    return document.getElementById(id);
  }

  function count(number) {
    return GROUPS.format(number);
  }

  function plural(number, one, many = one + "s") {
    return `${count(number)} ${number === 1 ? one : many}`;
  }

  function bytes(number) {
    const units = ["bytes", "kB", "MB", "GB", "TB"];
    let at = 0;
    let value = number;
    while (value >= 1000 && at < units.length - 1) {
      value /= 1000;
      at++;
    }
    return at === 0 ? plural(number, "byte") : `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[at]}`;
  }

  /* A length of time with three digits: "1.20 ms". */
  function span(ns) {
    const size = Math.abs(ns);
    if (size === 0) {
      return "0 s";
    }
    const [unit, name] = UNITS.find(([least]) => size >= least) || [1, "ns"];
    const value = ns / unit;
    if (unit === 1e9 && size >= 6e10) {
      const seconds = Math.round(value);
      return `${Math.trunc(seconds / 60)} min ${Math.abs(seconds % 60)} s`;
    }
    return `${value.toFixed(unit === 1 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)} ${name}`;
  }

  /* A moment, in seconds, with as many digits as STEP (ns) asks for. */
  function moment(ns, step = 1e6) {
    if (ns === null || ns === undefined) {
      return "–";
    }
    const digits = Math.max(0, Math.min(9, 9 - Math.floor(Math.log10(Math.max(1, step)))));
    return `${(ns / 1e9).toFixed(digits)} s`;
  }

  function hex(number) {
    return "0x" + number.toString(16);
  }

  /* Index of the first of SORTED (its first LENGTH) that is >= VALUE. */
  function lowerBound(sorted, value, length = sorted.length) {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  function clamp(value, low, high) {
    return Math.min(high, Math.max(low, value));
  }

  /* Calls WORK once, WAIT ms after the last call. */
  function later(wait, work) {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(work, wait);
    };
  }

  function isWriting(target) {
    return target instanceof HTMLElement && (target.tagName === "INPUT" || target.tagName === "TEXTAREA");
  }

  return { el, byId, count, plural, bytes, span, moment, hex, lowerBound, clamp, later, isWriting };
})();
