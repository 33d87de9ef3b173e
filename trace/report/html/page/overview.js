/* SPDX-License-Identifier: BSD-2-Clause */
/* The panel that one reads first: where the time went, what stands out; and the session's own facts. */
"use strict";

const overview = (() => {
  function phaseBars(session) {
    const all = session.end;
    return core.el("ol.phases", {}, session.facts.phases.map((phase) => {
      const end = phase.end ?? all;
      const bar = core.el("span.bar");
      bar.style.left = `${(phase.t / all) * 100}%`;
      bar.style.width = `${Math.max(0.3, ((end - phase.t) / all) * 100)}%`;
      bar.style.background = lanes.PHASES[phase.id % lanes.PHASES.length];
      return core.el("li", {},
        core.el("button.link", { type: "button", title: "Show this phase", onclick: () => state.set({ from: phase.t, to: end, cursor: phase.t }) }, phase.name),
        core.el("span.track", {}, bar), core.el("span.number", {}, core.span(end - phase.t)), core.el("span.how", {}, phase.how));
    }));
  }

  /* What stands out: sentences with the moment they lead to. */
  function findings(session) {
    const { facts } = session;
    const found = [];
    const byLength = (list) => [...list].sort((a, b) => b.end - b.t - (a.end - a.t));
    byLength(facts.gaps).slice(0, 3).forEach((gap) => found.push({ t: gap.t, end: gap.end, text: `Nothing happened for ${core.span(gap.end - gap.t)}; ${gap.waiting === "not known" ? "why is not known" : `waiting for ${gap.waiting}`}` }));
    byLength(facts.polls).slice(0, 2).forEach((poll) => found.push({ t: poll.t, end: poll.end,
      text: `${poll.device === null ? "An address" : facts.devices[poll.device].name} ${poll.register || poll.address} was polled ${core.count(poll.count)} times in ${core.span(poll.end - poll.t)}` }));
    const hot = session.series.filter((s) => s.hasAddress).sort((a, b) => b.count - a.count)[0];
    if (hot && hot.count > 100) {
      found.push({ t: hot.first, text: `Busiest register: ${hot.deviceName} ${hot.register || hot.addressText}, ${core.plural(hot.count, hot.rwName || "access", hot.rwName ? hot.rwName + "s" : "accesses")}` });
    }
    const big = [...facts.files].sort((a, b) => b.bytesRead - a.bytesRead)[0];
    if (big) {
      found.push({ t: big.first, text: `Most read: ${big.path}, ${core.bytes(big.bytesRead)} in ${core.plural(big.reads, "read")}` });
    }
    if (facts.exits.length) {
      const costly = [...facts.exits].sort((a, b) => b.total - a.total)[0];
      found.push({ text: `Costliest exit: ${costly.reason}, ${core.plural(costly.count, "exit")}, ${core.span(costly.total)}` });
    }
    return found;
  }

  /* What is wrong with the record itself: never silent. */
  function troubles(session) {
    const { facts } = session;
    const found = [];
    for (const recorder of facts.session.recorders) {
      const lost = recorder.overrun + recorder.dropped + recorder.commitOverrun;
      if (lost) {
        found.push({ text: `The recorder ${recorder.name} lost ${core.plural(lost, "event")}` });
      }
      if (recorder.stopped !== null) {
        found.push({ t: recorder.stopped, text: `The recorder ${recorder.name} stopped at ${core.moment(recorder.stopped)}: ${recorder.message || recorder.reason}` });
      }
    }
    for (const panel of facts.panels) {
      if (panel.state === "partly" || panel.state === "unreadable") {
        found.push({ text: `${panel.name} is ${panel.state === "partly" ? "readable in part" : "unreadable"}${panel.message ? `: ${panel.message}` : ""}` });
      }
    }
    facts.session.warnings.concat(facts.session.problems).forEach((text) => found.push({ text }));
    if (facts.session.windowOpened !== null) {
      found.push({ t: facts.session.windowOpened, text: `The full trace ran from ${core.moment(facts.session.windowOpened)} until ${facts.session.windowClosed === null ? "the end" : core.moment(facts.session.windowClosed)}` });
    }
    return found;
  }

  function sentenceList(items, what) {
    return core.el(`ul.${what}`, {}, items.map((item) => core.el("li", {}, item.t === undefined || item.t === null ? item.text
      : core.el("button.link", { type: "button", onclick: () => (item.end ? state.set({ cursor: item.t, from: item.t - (item.end - item.t) * 0.2, to: item.end + (item.end - item.t) * 0.2 }) : state.reveal(item.t)) }, item.text))));
  }

  function overviewPanel(session) {
    const node = core.el("div.scroll.overview");
    const wrong = troubles(session);
    const found = findings(session);
    if (session.facts.phases.length) {
      node.append(core.el("section", {}, core.el("h3", {}, "Where the time went"), phaseBars(session)));
    }
    if (found.length) {
      node.append(core.el("section", {}, core.el("h3", {}, "What stands out"), sentenceList(found, "findings")));
    }
    if (wrong.length) {
      node.append(core.el("section", {}, core.el("h3", {}, "About this record"), sentenceList(wrong, "troubles")));
    }
    if (!node.children.length) {
      node.append(core.el("p.empty", {}, "This session has no phases, events or files: only what the panel Session tells."));
    }
    return { node };
  }

  function pairs(items) {
    return core.el("dl", {}, items.filter(([, value]) => value).flatMap(([name, value]) => [core.el("dt", {}, name), core.el("dd", {}, String(value))]));
  }

  function sessionPanel(session) {
    const { facts } = session;
    const s = facts.session;
    const parts = JSON.parse(core.byId("parts").textContent);
    const node = core.el("div.scroll.session", {},
      core.el("section", {}, core.el("h3", {}, "Session"), pairs([["Folder", s.name], ["Image", s.imagePath], ["Label", s.imageLabel], ["Size", s.imageBytes ? core.bytes(s.imageBytes) : ""],
        ["Started", s.start], ["Ended", s.end || "not: the record was cut off"], ["End", s.endText], ["Resets", s.resets], ["Accelerator", s.accelerator], ["Firmware", s.firmware],
        ["Machine", s.machine], ["RAM", s.ramMb ? `${s.ramMb} MB` : ""], ["CPUs", s.cpus], ["Tier", s.tier], ["hiperiso", s.hiperiso], ["Host kernel", s.kernel], ["QEMU", s.qemu]])),
      core.el("section", {}, core.el("h3", {}, "Recorders"), table.plain("Recorders", [
        { title: "Recorder", text: (r) => r.name }, { title: "Bytes", text: (r) => core.bytes(r.bytes), sort: (r) => r.bytes, isNumber: true },
        { title: "Limit", text: (r) => (r.limit ? core.bytes(r.limit) : ""), sort: (r) => r.limit, isNumber: true },
        { title: "Events", text: (r) => (r.events ? core.count(r.events) : ""), sort: (r) => r.events, isNumber: true },
        { title: "Lost", text: (r) => core.count(r.overrun + r.dropped + r.commitOverrun), isNumber: true },
        { title: "Stopped", text: (r) => (r.stopped === null ? "" : `${core.moment(r.stopped)}: ${r.message || r.reason}`) },
      ], s.recorders)),
      core.el("section", {}, core.el("h3", {}, "Files of the session"), table.plain("Files of the session", [
        { title: "File", text: (p) => p.name }, { title: "State", text: (p) => p.state }, { title: "Bytes", text: (p) => core.bytes(p.bytes), sort: (p) => p.bytes, isNumber: true },
        { title: "Items", text: (p) => core.count(p.items), sort: (p) => p.items, isNumber: true }, { title: "Skipped", text: (p) => core.count(p.skipped), sort: (p) => p.skipped, isNumber: true },
        { title: "", text: (p) => p.message },
      ], facts.panels)),
      core.el("section", {}, core.el("h3", {}, "Settings"), table.plain("Settings", [{ title: "Setting", text: (r) => r[0] }, { title: "Value", text: (r) => r[1] }, { title: "From", text: (r) => r[2] }], s.settings)),
      core.el("section", {}, core.el("h3", {}, "QEMU's arguments"), core.el("pre", {}, s.argv.join("\n"))),
      core.el("section", {}, core.el("h3", {}, "About this page"),
        core.el("p", {}, "Phases are in the colours of Okabe and Ito; reads, writes and exits in ColorBrewer's Blues, Oranges and Purples: all can be told apart with any kind of colour vision."),
        core.el("p", {}, `Drawn with ${parts.map((part) => `${part.name} ${part.version} (${part.licence})`).join(", ")}.`)));
    return { node };
  }

  return { overviewPanel, sessionPanel, pairs, sentenceList };
})();
