/* SPDX-License-Identifier: BSD-2-Clause */
/* The two fields at the top: the filter with its completion, and the search through everything that has a name. */
"use strict";

const find = (() => {
  const RESULTS_MAX = 200;

  /* A list under a field: shown by the keyboard or the pointer, chosen by Enter, Tab or a click. */
  class Menu {
    constructor(input, list, choose) {
      Object.assign(this, { input, list, choose, items: [], picked: -1 });
      input.addEventListener("keydown", (event) => this.key(event));
      input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    }

    open(items, render, { pickFirst = false } = {}) {
      this.items = items;
      this.picked = pickFirst && items.length ? 0 : -1;
      this.list.replaceChildren(...items.map((item, i) => core.el("li", { id: `${this.list.id}-${i}`, role: "option",
        onmousedown: (event) => { event.preventDefault(); this.choose(item); } }, render(item))));
      this.list.hidden = items.length === 0;
      this.mark();
    }

    mark() {
      [...this.list.children].forEach((node, i) => node.setAttribute("aria-selected", String(i === this.picked)));
      this.input.setAttribute("aria-expanded", String(!this.list.hidden));
      this.input.setAttribute("aria-activedescendant", this.picked < 0 ? "" : `${this.list.id}-${this.picked}`);
      if (this.picked >= 0) {
        this.list.children[this.picked].scrollIntoView({ block: "nearest" });
      }
    }

    close() {
      this.list.hidden = true;
      this.mark();
    }

    key(event) {
      if (this.list.hidden) {
        return;
      }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const count = this.items.length;
        this.picked = event.key === "ArrowDown" ? (this.picked + 1) % count : (this.picked - 1 + count + (this.picked < 0 ? 1 : 0)) % count;
        this.mark();
        event.preventDefault();
      } else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && this.picked >= 0) {
        this.choose(this.items[this.picked]);
        event.preventDefault();
        event.stopImmediatePropagation();
      } else if (event.key === "Escape") {
        this.close();
        event.stopImmediatePropagation();
      }
    }
  }

  /* What may stand behind each field's operator, the most frequent first. */
  function fieldValues(session) {
    const tally = (name) => {
      const sums = new Map();
      session.series.forEach((series) => series[name] && sums.set(series[name], (sums.get(series[name]) || 0) + series.count));
      return [...sums].sort((a, b) => b[1] - a[1]).map(([text, sum]) => ({ text, hint: core.plural(sum, "event") }));
    };
    const drives = session.facts.drives.map((d) => ({ text: d.name, hint: core.plural(d.reads + d.writes, "request") }));
    const devices = tally("deviceName");
    return {
      dev: devices.concat(drives.filter((d) => !devices.some((known) => known.text === d.text))),
      reg: tally("register"), kind: tally("kindName").concat(session.packets.length ? [{ text: "net", hint: core.plural(session.facts.packetTotal, "packet") }] : []),
      rw: [{ text: "read", hint: "" }, { text: "write", hint: "" }],
      file: session.facts.files.map((f) => ({ text: f.path, hint: core.bytes(f.bytesRead) })),
      host: session.facts.hosts.map((h) => ({ text: h.name || h.address, hint: core.bytes(h.bytesFrom + h.bytesTo) })),
    };
  }

  function requestSubject(session, i) {
    const { requests, facts } = session;
    const drive = facts.drives[requests.drive[i] >> 1];
    return { dev: drive ? drive.name : "disk", reg: null, kind: "disk", rw: requests.drive[i] & 1 ? "write" : "read", t: requests.t[i], addr: requests.off[i], span: requests.bytes[i] - 1,
      size: requests.bytes[i], value: null, cpu: null, file: requests.file[i] < 0 ? null : facts.files[requests.file[i]].path, host: null, text: null };
  }

  function packetSubject(session, i) {
    const host = session.facts.hosts[session.packets.host[i]];
    return { dev: "net", reg: null, kind: "net", rw: session.packets.fromGuest[i] ? "write" : "read", t: session.packets.t[i], addr: null, span: 0,
      size: session.packets.bytes[i], value: null, cpu: null, file: null, host: host ? host.name || host.address : null, text: null };
  }

  function verdicts(length, subject, compiled) {
    return compiled ? Uint8Array.from({ length }, (_, i) => (compiled.test(subject(i)) === filter.NO ? 0 : 1)) : null;
  }

  /* The field for the filter. It takes effect as soon as what is typed has a meaning. */
  function filterField(session, shared) {
    const input = core.byId("filter");
    const message = core.byId("filter-message");
    const values = fieldValues(session);
    const summary = () => {
      /* Without the events, a cell on the border of a time counts wholly or not at all. */
      const about = !session.facts.full && shared.compiled && shared.compiled.fields.has("t") ? "about " : "";
      const undecided = !session.facts.full && shared.compiled && [...shared.compiled.fields].some((field) => field === "value" || field === "cpu");
      const requests = shared.requestVerdict ? shared.requestVerdict.reduce((sum, one) => sum + one, 0) : session.requests.length;
      return shared.compiled ? `${about}${core.plural(shared.pyramid.total, "event")}${requests ? `, ${core.plural(requests, "disk request")}` : ""}`
        + (undecided ? "; value and cpu are only in pages made with --full" : "") : "";
    };
    const apply = () => {
      const begin = performance.now();
      const compiled = filter.compile(state.view.filter);
      const error = compiled && compiled.error;
      input.setAttribute("aria-invalid", String(Boolean(error)));
      message.className = error ? "error" : "";
      if (error) {
        message.textContent = `at ${error.at + 1}: ${error.message}`;
        return;
      }
      shared.compiled = compiled;
      shared.pyramid.apply(compiled);
      shared.requestVerdict = verdicts(session.requests.length, (i) => requestSubject(session, i), compiled);
      shared.packetVerdict = verdicts(session.packets.length, (i) => packetSubject(session, i), compiled);
      shared.onFilter.forEach((listener) => listener());
      message.textContent = summary();
      shared.lastFilterMs = performance.now() - begin;
    };
    const soon = core.later(60, () => state.set({ filter: input.value }));
    const menu = new Menu(input, core.byId("filter-list"), (item) => {
      const { from } = menu.place;
      const rest = input.value.slice(input.selectionStart);
      input.value = input.value.slice(0, from) + item.text + rest;
      input.selectionStart = input.selectionEnd = from + item.text.length;
      suggest();
      soon();
    });
    const suggest = () => {
      menu.place = filter.complete(input.value, input.selectionStart, values);
      menu.open(menu.place.items, (item) => [core.el("b", {}, item.text), core.el("span", {}, item.hint || "")]);
    };
    input.addEventListener("input", () => { suggest(); soon(); });
    input.addEventListener("focus", suggest);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        if (input.value) {
          input.value = "";
          state.set({ filter: "" });
        } else {
          input.blur();
        }
      } else if (event.key === "Enter") {
        state.set({ filter: input.value });
        input.blur();
      }
    });
    state.on("filter", () => {
      if (input.value !== state.view.filter) {
        input.value = state.view.filter;
      }
      apply();
    });
    shared.toggleFilter = (field, value) => {
      const text = `${field}==${/^[\w.:/-]+$/.test(value) ? value : `"${value}"`}`;
      state.set({ filter: state.view.filter === text ? "" : text });
    };
    return { apply };
  }

  /* Everything that has a text and a moment. */
  function* candidates(session) {
    const { facts, logs, events } = session;
    for (const m of facts.milestones) {
      yield { what: "milestone", text: m.name, t: m.t };
    }
    for (const f of facts.files) {
      yield { what: "file", text: f.path, t: f.first };
    }
    for (const d of facts.devices) {
      yield { what: "device", text: `${d.name} ${d.title}`, t: d.first };
    }
    for (const s of session.series) {
      if (s.register) {
        yield { what: "register", text: `${s.deviceName} ${s.register} ${s.hasAddress ? s.addressText : ""} ${s.rwName}`, t: s.first };
      }
    }
    for (const h of facts.hosts) {
      yield { what: "host", text: `${h.name} ${h.address}`, t: h.first };
    }
    for (const d of facts.dns) {
      yield { what: "DNS", text: `${d.name} ${d.answer}`, t: d.t };
    }
    for (const h of facts.http) {
      yield { what: "HTTP", text: `${h.method} ${h.host}${h.path}`, t: h.t };
    }
    for (const [i, text] of events.text) {
      yield { what: "event", text, t: events.t[i] };
    }
    for (const name of ["serial", "firmware"]) {
      for (let i = 0; i < logs[name].lines.length; i++) {
        yield { what: name, text: logs[name].lines[i], t: logs[name].t[i], log: name, line: i };
      }
    }
  }

  function search(session, text) {
    const wanted = text.trim().toLowerCase();
    const found = [];
    let total = 0;
    if (wanted) {
      for (const item of candidates(session)) {
        if (item.text && item.text.toLowerCase().includes(wanted)) {
          total++;
          if (found.length < RESULTS_MAX) {
            found.push(item);
          }
        }
      }
    }
    return { found, total };
  }

  function searchField(session, shared) {
    const input = core.byId("search");
    const status = core.byId("search-message");
    const go = (item) => {
      if (item.log) {
        state.set({ tab: "serial", log: item.log });
      }
      if (Number.isFinite(item.t)) {
        state.reveal(item.t);
      }
      if (item.log) {
        shared.serialList.show(item.line);
      }
    };
    const menu = new Menu(input, core.byId("search-list"), (item) => {
      go(item);
      status.textContent = `${menu.items.indexOf(item) + 1} of ${menu.total}`;
    });
    const update = () => {
      const { found, total } = search(session, input.value);
      menu.total = total;
      menu.open(found, (item) => [core.el("small", {}, item.what), core.el("b", {}, item.text.slice(0, 200)), core.el("span", {}, Number.isFinite(item.t) ? core.moment(item.t) : "")], { pickFirst: true });
      status.textContent = input.value.trim() ? (total ? core.plural(total, "place") : "not found") : "";
    };
    input.addEventListener("input", core.later(60, update));
    input.addEventListener("focus", update);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        input.value = "";
        status.textContent = "";
        input.blur();
      }
    });
  }

  return { filterField, searchField, search };
})();
