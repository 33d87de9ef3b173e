/* SPDX-License-Identifier: BSD-2-Clause */
/* The panels below the timeline: serial text, events, hottest registers, devices, files, network, exits, session, picture. */
"use strict";

const panels = (() => {
  const { EXIT, ENTRY, QMP, OTHER } = data.KIND;

  function empty(text) {
    return core.el("p.empty", {}, text);
  }

  /* A log with a time for each line; it follows the cursor, and a click on a line moves that. */
  function serial(session, shared) {
    const names = Object.keys(session.logs).filter((name) => session.logs[name].lines.length);
    if (!names.length) {
      return { node: empty("The guest wrote nothing to its serial line or debug port.") };
    }
    let log = null;
    const list = new table.List("Serial text", {
      row: (i) => [core.el("span.when", {}, Number.isNaN(log.t[i]) ? "" : core.moment(log.t[i], 1e6)), core.el("span.line", {}, log.lines[i] || " ")],
      onPick: (i) => !Number.isNaN(log.t[i]) && state.reveal(log.t[i]),
    });
    const buttons = names.map((name) => core.el("button.choice", { type: "button", onclick: () => state.set({ log: name }) },
      `${name === "serial" ? "Serial console" : "Firmware debug port"} (${core.plural(session.logs[name].lines.length, "line")})`));
    const follow = (isAnew = false) => {
      const i = state.view.cursor === null ? -1 : log.t.findLastIndex((t) => t <= state.view.cursor);
      if (i >= 0 && (log.t[list.picked] !== log.t[i] || isAnew === true)) {
        list.show(i);
      }
    };
    const choose = () => {
      const name = names.includes(state.view.log) ? state.view.log : names[0];
      log = session.logs[name];
      list.picked = -1;
      list.setCount(log.lines.length);
      buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(names[i] === name)));
      follow();
    };
    state.on("log", choose);
    state.on("cursor", follow);
    choose();
    shared.serialList = list;
    const shown = () => {
      list.draw();
      follow(true);
    };
    return { node: core.el("div.fill", {}, core.el("div.choices", {}, buttons), list.node), shown };
  }

  function eventCells(session, i) {
    const { events } = session;
    const series = session.series[events.series[i]];
    const hasValue = series.hasAddress || series.kind === ENTRY;
    const value = series.kind === EXIT ? (events.low[i] || events.high[i] ? core.span(data.valueNumber(events, i)) : "")
      : series.kind === QMP || series.kind === OTHER ? events.text.get(i) || "" : hasValue ? data.valueText(events, i) : "";
    const address = series.hasAddress ? core.hex(series.address + (events.offset ? events.offset[i] : 0)) : "";
    return [core.moment(events.t[i], 1e3), events.cpu[i] === 255 ? "" : String(events.cpu[i]), series.kindName, series.deviceName, series.rwName, address,
      series.register, value];
  }

  function events(session, shared) {
    const { facts } = session;
    if (!session.events.length) {
      return { node: empty(`This session has no trace events${facts.session.tier ? `: its tier is ${facts.session.tier}` : ""}.`) };
    }
    const note = core.el("p.note");
    const at = (i) => (shared.pyramid.matched ? shared.pyramid.matched[i] : i);
    const classes = ["when", "cpu", "kind", "dev", "rw", "addr", "reg", "value"];
    const list = new table.List("Events", {
      row: (i) => eventCells(session, at(i)).map((text, c) => core.el(`span.${classes[c]}`, {}, text)),
      onPick: (i) => state.reveal(session.events.t[at(i)]),
    });
    const head = core.el("div.list-head", { "aria-hidden": "true" },
      ["time", "cpu", "kind", "device", "", "address", "register", "value"].map((text, c) => core.el(`span.${classes[c]}`, {}, text)));
    const follow = (isAnew = false) => {
      if (state.view.cursor !== null && (isAnew === true || !(list.picked >= 0 && list.picked < list.count && session.events.t[at(list.picked)] === state.view.cursor))) {
        const { matched } = shared.pyramid;
        const first = core.lowerBound(session.events.t, state.view.cursor);
        list.show(core.clamp(matched ? core.lowerBound(matched, first) : first, 0, Math.max(0, list.count - 1)));
      }
    };
    const update = () => {
      list.picked = -1;
      list.setCount(shared.pyramid.matched ? shared.pyramid.matched.length : session.events.length);
      const all = facts.full ? "" : `; this file carries ${core.count(session.events.length)} of ${core.count(facts.eventTotal)}: the first of the session and of each register (html --full carries all)`;
      note.textContent = `${core.plural(list.count, "event")}${state.view.filter ? " match" : ""}${all}`;
      follow();
    };
    state.on("cursor", follow);
    shared.onFilter.push(update);
    update();
    shared.eventList = list;
    const shown = () => {
      list.draw();
      if (list.picked < 0 || session.events.t[at(list.picked)] !== state.view.cursor) {
        follow(true);
      } else {
        list.show(list.picked);
      }
    };
    return { node: core.el("div.fill", {}, note, head, list.node), shown };
  }

  /* What was used most in the range that the timeline shows. */
  function hottest(session, shared) {
    const node = core.el("div.scroll");
    const polls = session.facts.polls;
    const pollTable = polls.length ? table.plain("Polling loops", [
      { title: "From", text: (p) => core.moment(p.t), sort: (p) => p.t, t: (p) => p.t },
      { title: "Lasted", text: (p) => core.span(p.end - p.t), sort: (p) => p.end - p.t, isNumber: true },
      { title: "Reads", text: (p) => core.count(p.count), sort: (p) => p.count, isNumber: true },
      { title: "Device", text: (p) => (p.device === null ? "" : session.facts.devices[p.device].name) },
      { title: "Register", text: (p) => p.register || p.address },
      { title: "CPU", text: (p) => (p.cpu === 255 ? "" : String(p.cpu)) },
    ], polls, { total: polls.total, most: 50 }) : empty("No address was read more than 1,000 times in a row.");
    const box = core.el("div");
    let isShown = false;
    const update = () => {
      if (!isShown) {
        return;
      }
      const { items, total, seriesTotal } = shared.pyramid.hottest(state.view.from, state.view.to, 400);
      const part = (item) => `${((item.count * 100) / total).toFixed(1)} %`;
      box.replaceChildren(core.el("h3", {}, `${core.plural(total, "event")} of ${core.plural(seriesTotal, "register")} in view`), items.length ? table.plain("Hottest registers in view", [
        { title: "Events", text: (item) => core.count(item.count), sort: (item) => item.count, isNumber: true },
        { title: "Share", text: part, sort: (item) => item.count, isNumber: true },
        { title: "Kind", text: (item) => item.series.kindName },
        { title: "", text: (item) => item.series.rwName },
        { title: "Device", text: (item) => item.series.deviceName },
        { title: "Register", text: (item) => item.series.register },
        { title: "Address", text: (item) => (item.series.hasAddress ? item.series.addressText + (item.series.shift ? ` … ${core.hex(item.series.address + 2 ** item.series.shift - 1)}` : "") : ""), sort: (item) => item.series.address },
        { title: "First", text: (item) => core.moment(item.series.first, 1e5), sort: (item) => item.series.first, t: (item) => item.series.first },
      ], items, { total: seriesTotal, most: 40 }) : empty("Nothing in view matches."));
    };
    const soon = core.later(120, update);
    state.on("from to", soon);
    shared.onFilter.push(soon);
    node.append(box, core.el("h3", {}, "Polling loops"), pollTable);
    return { node, shown: () => { isShown = true; update(); }, hidden: () => (isShown = false) };
  }

  function devices(session, shared) {
    const { facts } = session;
    const used = facts.devices.map((device, id) => ({ ...device, id, regions: facts.regions.filter((region) => region.device === id) }));
    const where = (device) => device.regions.map((region) => {
      const until = region.until === null ? "" : ` until ${core.moment(region.until)}`;
      const since = region.from > 0 ? ` from ${core.moment(region.from)}` : "";
      return `${region.bar >= 0 ? `BAR${region.bar} ` : ""}${region.space === "io" ? "port " : ""}${region.base}, ${core.bytes(region.bytes)}${since}${until}`;
    }).join("; ");
    return { node: core.el("div.scroll", {}, used.length ? table.plain("Devices", [
      { title: "PCI", text: (d) => d.pci },
      { title: "Device", text: (d) => d.name },
      { title: "What it is", text: (d) => d.title },
      { title: "Reads", text: (d) => core.count(d.reads), sort: (d) => d.reads, isNumber: true },
      { title: "Writes", text: (d) => core.count(d.writes), sort: (d) => d.writes, isNumber: true },
      { title: "MMIO", text: (d) => core.count(d.mmio), sort: (d) => d.mmio, isNumber: true },
      { title: "Ports", text: (d) => core.count(d.pio), sort: (d) => d.pio, isNumber: true },
      { title: "Config", text: (d) => core.count(d.config), sort: (d) => d.config, isNumber: true },
      { title: "First", text: (d) => core.moment(d.first, 1e5), sort: (d) => d.first ?? Infinity, t: (d) => d.first },
      { title: "Answers at", text: where },
    ], used, { onRow: (d) => shared.toggleFilter("dev", d.name) }) : empty("No device was recorded.")) };
  }

  function files(session, shared) {
    const { facts } = session;
    const drives = facts.drives.map((d) => `${d.name}: ${core.plural(d.reads, "read")}, ${core.bytes(d.bytesRead)}`
      + (d.writes ? `; ${core.plural(d.writes, "write")}, ${core.bytes(d.bytesWritten)}` : "")).join(" · ");
    const read = [...facts.files].sort((a, b) => a.order - b.order);
    if (!read.length) {
      return { node: core.el("div.scroll", {}, core.el("p.note", {}, drives), empty("No read could be traced to a file of the image.")) };
    }
    return { node: core.el("div.scroll", {}, core.el("p.note", {}, `${drives} · ${core.plural(facts.files.total, "file")} read of ${core.count(facts.filesOnImage)} on the image, in this order`),
      table.plain("Files read", [
        { title: "#", text: (f) => String(f.order + 1), sort: (f) => f.order, isNumber: true },
        { title: "File", text: (f) => f.path },
        { title: "First read", text: (f) => core.moment(f.first), sort: (f) => f.first, t: (f) => f.first, isNumber: true },
        { title: "Last read", text: (f) => core.moment(f.last), sort: (f) => f.last, t: (f) => f.last, isNumber: true },
        { title: "Reads", text: (f) => core.count(f.reads), sort: (f) => f.reads, isNumber: true },
        { title: "Bytes read", text: (f) => core.bytes(f.bytesRead), sort: (f) => f.bytesRead, isNumber: true },
        { title: "Size", text: (f) => core.bytes(f.bytes), sort: (f) => f.bytes, isNumber: true },
        { title: "Read over", text: (f) => (f.bytes ? `${(f.bytesRead / f.bytes).toFixed(2)} ×` : ""), sort: (f) => f.bytesRead / Math.max(1, f.bytes), isNumber: true },
      ], read, { total: facts.files.total, onRow: (f) => shared.toggleFilter("file", f.path) })) };
  }

  function network(session) {
    const { facts } = session;
    if (!facts.packetTotal) {
      return { node: empty("No packets were recorded. The setting net_dump records them.") };
    }
    const node = core.el("div.scroll", {}, core.el("h3", {}, `${core.plural(facts.packetTotal, "packet")}, ${core.plural(facts.hosts.total, "host")}`), table.plain("Hosts", [
      { title: "Address", text: (h) => h.address },
      { title: "Name", text: (h) => h.name },
      { title: "Packets", text: (h) => core.count(h.packets), sort: (h) => h.packets, isNumber: true },
      { title: "From it", text: (h) => core.bytes(h.bytesFrom), sort: (h) => h.bytesFrom, isNumber: true },
      { title: "To it", text: (h) => core.bytes(h.bytesTo), sort: (h) => h.bytesTo, isNumber: true },
      { title: "First", text: (h) => core.moment(h.first), sort: (h) => h.first, t: (h) => h.first, isNumber: true },
    ], facts.hosts, { total: facts.hosts.total }));
    const took = (row) => (row.answerT === null ? "no answer" : core.span(row.answerT - row.t));
    if (facts.dns.length) {
      node.append(core.el("h3", {}, "Names asked for"), table.plain("DNS", [
        { title: "Time", text: (d) => core.moment(d.t), sort: (d) => d.t, t: (d) => d.t, isNumber: true },
        { title: "Name", text: (d) => d.name }, { title: "Type", text: (d) => d.type }, { title: "Answer", text: (d) => d.answer || "none" },
        { title: "Took", text: took, sort: (d) => d.answerT - d.t, isNumber: true },
      ], facts.dns, { total: facts.dns.total }));
    }
    if (facts.http.length) {
      node.append(core.el("h3", {}, "HTTP requests"), table.plain("HTTP", [
        { title: "Time", text: (h) => core.moment(h.t), sort: (h) => h.t, t: (h) => h.t, isNumber: true },
        { title: "", text: (h) => h.method }, { title: "Host", text: (h) => h.host }, { title: "Path", text: (h) => h.path },
        { title: "Answer", text: (h) => (h.code ? String(h.code) : "none"), sort: (h) => h.code, isNumber: true },
        { title: "Took", text: took, sort: (h) => h.answerT - h.t, isNumber: true },
      ], facts.http, { total: facts.http.total }));
    }
    return { node };
  }

  function exits(session, shared) {
    const rows = session.facts.exits;
    if (!rows.length) {
      return { node: empty("No exits were recorded. A start under KVM with an event list that has kvm:kvm_exit records them.") };
    }
    const all = rows.reduce((sum, row) => sum + row.total, 0) || 1;
    return { node: core.el("div.scroll", {}, core.el("p.note", {}, "Time is from the exit until the guest ran again."), table.plain("Exits", [
      { title: "Reason", text: (e) => e.reason },
      { title: "Exits", text: (e) => core.count(e.count), sort: (e) => e.count, isNumber: true },
      { title: "Time in all", text: (e) => core.span(e.total), sort: (e) => e.total, isNumber: true },
      { title: "Share", text: (e) => `${((e.total * 100) / all).toFixed(1)} %`, sort: (e) => e.total, isNumber: true },
      { title: "Each", text: (e) => core.span(e.count ? e.total / e.count : 0), sort: (e) => e.total / Math.max(1, e.count), isNumber: true },
      { title: "Longest", text: (e) => core.span(e.max), sort: (e) => e.max, isNumber: true },
    ], rows, { total: rows.total, onRow: (e) => shared.toggleFilter("reg", e.reason) })) };
  }

  /* The guest's screen at the cursor. */
  function picture(session) {
    if (!session.pictures.length) {
      return null;
    }
    const image = core.el("img", { alt: "" });
    const caption = core.el("figcaption");
    const times = session.pictures.map((p) => p.t);
    const show = () => {
      const t = state.view.cursor ?? session.end;
      const i = Math.max(0, core.lowerBound(times, t + 1) - 1);
      if (image.src !== session.pictures[i].url) {
        image.src = session.pictures[i].url;
      }
      image.alt = `The guest's screen at ${core.moment(times[i])}`;
      caption.textContent = `Screen at ${core.moment(times[i])}, picture ${i + 1} of ${session.pictures.length}`
        + (session.pictures.total > session.pictures.length ? ` (${session.pictures.total} were taken)` : "");
    };
    const step = (by) => {
      const now = core.lowerBound(times, (state.view.cursor ?? session.end) + 1) - 1;
      state.reveal(times[core.clamp(now + by, 0, times.length - 1)]);
    };
    state.on("cursor", show);
    show();
    return core.el("figure", {}, image, core.el("div.figure-foot", {},
      core.el("button", { type: "button", title: "Picture before", "aria-label": "Picture before", onclick: () => step(-1) }, "‹"), caption,
      core.el("button", { type: "button", title: "Next picture", "aria-label": "Next picture", onclick: () => step(1) }, "›")));
  }

  return { serial, events, hottest, devices, files, network, exits, picture };
})();
