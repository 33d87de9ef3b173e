/* SPDX-License-Identifier: BSD-2-Clause */
/* The page of two sessions: what changed, the most important first, and both timelines lined up by phase. */
"use strict";

const diff = (() => {
  const NAMES = { end: "How it ended", setting: "Settings", milestone: "Milestones", phase: "Phases", file: "Files", disk: "Disk", device: "Devices", register: "Registers",
    exit: "Exits", poll: "Polling loops", host: "Hosts", dns: "Names asked for", http: "HTTP requests", serial: "Serial text" };
  const SIGNS = { new: "+", gone: "−", slower: "▲", faster: "▼", more: "▲", less: "▼", changed: "≠" };

  function readFindings(found) {
    return found.findings.map(([change, category, subject, a, b, unit, aText, bText, low, high, weight], rank) =>
      ({ change, category, subject, a, b, unit, aText, bText, low, high, weight, rank }));
  }

  function ratio(finding) {
    return finding.a !== null && finding.b !== null && finding.a > 0 && finding.b !== finding.a ? `${(finding.b / finding.a).toFixed(2)} ×` : "";
  }

  function chip(change) {
    return core.el(`span.chip.${change}`, {}, `${SIGNS[change] || ""} ${change}`);
  }

  function headline(finding) {
    const values = finding.aText && finding.bText ? `${finding.aText} → ${finding.bText}` : finding.aText ? `was ${finding.aText}` : finding.bText ? `now ${finding.bText}` : "";
    return core.el("li", {}, chip(finding.change), core.el("span.subject", {}, core.el("small", {}, finding.category), finding.subject),
      core.el("span.values", {}, values, ratio(finding) ? core.el("b", {}, ` ${ratio(finding)}`) : null));
  }

  /* Two bars of phases, one below the other; each phase of B begins under that of A, so that what grew is seen. */
  function phaseBars(a, b) {
    const width = 1000, top = 18, bar = 26, gap = 54;
    const longest = Math.max(a.end, b.end);
    const svg = d3.select(document.createElementNS("http://www.w3.org/2000/svg", "svg")).attr("viewBox", `0 0 ${width} ${top + bar * 2 + gap + 22}`)
      .attr("class", "phase-diff").attr("role", "img").attr("aria-label", "Phases of both sessions");
    const x = d3.scaleLinear().domain([0, longest / 1e9]).range([34, width - 4]);
    const place = (phase, session) => [x(phase.t / 1e9), x((phase.end ?? session.end) / 1e9)];
    const byId = new Map(b.facts.phases.map((phase) => [phase.id, phase]));
    for (const phase of a.facts.phases) {
      const other = byId.get(phase.id);
      if (other) {
        const [l1, r1] = place(phase, a);
        const [l2, r2] = place(other, b);
        svg.append("path").attr("d", `M${l1},${top + bar}L${r1},${top + bar}L${r2},${top + bar + gap}L${l2},${top + bar + gap}Z`)
          .attr("fill", lanes.PHASES[phase.id % lanes.PHASES.length]).attr("opacity", 0.14);
      }
    }
    [[a, "A", top], [b, "B", top + bar + gap]].forEach(([session, name, y]) => {
      svg.append("text").attr("x", 4).attr("y", y + 18).attr("class", "name").text(name);
      for (const phase of session.facts.phases) {
        const [left, right] = place(phase, session);
        svg.append("rect").attr("x", left).attr("y", y).attr("width", Math.max(1, right - left - 1)).attr("height", bar)
          .attr("fill", lanes.PHASES[phase.id % lanes.PHASES.length]).attr("opacity", 0.5)
          .append("title").text(`${phase.name}: ${core.span((phase.end ?? session.end) - phase.t)}, ${phase.how}`);
        const length = core.span((phase.end ?? session.end) - phase.t);
        const text = [`${phase.name} ${length}`, phase.name, length].find((words) => right - left > words.length * 6.2 + 8);
        svg.append("text").attr("x", left + 6).attr("y", y + 17).text(text || "");
      }
    });
    svg.append("g").attr("class", "axis").attr("transform", `translate(0,${top + bar * 2 + gap})`).call(d3.axisBottom(x).ticks(8).tickFormat((s) => `${s} s`));
    return svg.node();
  }

  function sessionPair(a, b) {
    const rows = [["Folder", "name"], ["Image", "imagePath"], ["Started", "start"], ["End", "endText"], ["Tier", "tier"], ["Accelerator", "accelerator"], ["Host kernel", "kernel"], ["QEMU", "qemu"]];
    return core.el("table.pair", {}, core.el("thead", {}, core.el("tr", {}, core.el("th"), core.el("th", { scope: "col" }, "A, before"), core.el("th", { scope: "col" }, "B, after"))),
      core.el("tbody", {}, rows.map(([title, key]) => {
        const [one, two] = [a, b].map((session) => String(session.facts.session[key] || "–"));
        return core.el(one === two ? "tr" : "tr.differs", {}, core.el("th", { scope: "row" }, title), core.el("td", {}, one), core.el("td", {}, two));
      })));
  }

  function columns(found) {
    return [
      { title: "What", text: (f) => f.change },
      { title: "Subject", text: (f) => f.subject },
      { title: "A", text: (f) => f.aText || "–", sort: (f) => f.a ?? -Infinity, isNumber: true },
      { title: "B", text: (f) => f.bText || "–", sort: (f) => f.b ?? -Infinity, isNumber: true },
      { title: "Ratio", text: ratio, sort: (f) => (f.b ?? 0) / (f.a || 1), isNumber: true },
      ...(found.against ? [{ title: "Spread before", text: (f) => (f.low === null ? "" : f.unit === "ns" ? `${core.span(f.low)} … ${core.span(f.high)}` : `${core.count(f.low)} … ${core.count(f.high)}`), sort: (f) => f.low ?? 0, isNumber: true }] : []),
    ];
  }

  async function show() {
    const found = await data.loadDiff();
    const [a, b] = await Promise.all([data.loadFacts("a-"), data.loadFacts("b-")]);
    const findings = readFindings(found);
    const main = core.byId("diff");
    document.body.classList.add("is-diff");
    core.byId("title").textContent = (b.facts.session.imagePath || b.facts.session.name).split("/").pop();
    core.byId("outcome").textContent = findings.length ? core.plural(found.total, "difference") : "no difference";
    core.byId("outcome").dataset.kind = findings.length ? "warn" : "good";
    core.byId("subtitle").textContent = `What changed from ${a.facts.session.start || a.facts.session.name} to ${b.facts.session.start || b.facts.session.name}`
      + (found.against ? `; only what lies outside the spread of ${core.plural(found.against, "earlier session")}` : "");
    const groups = new Map();
    findings.forEach((f) => groups.set(f.category, [...(groups.get(f.category) || []), f]));
    main.append(core.el("section", {}, core.el("h2", {}, "Most important"), findings.length ? core.el("ol.top", {}, findings.slice(0, 8).map(headline))
      : core.el("p.empty", {}, "Both sessions did the same: no file, device, register, host or milestone differs, and no time by more than chance.")));
    if (a.facts.phases.length || b.facts.phases.length) {
      main.append(core.el("section", {}, core.el("h2", {}, "Phases"), phaseBars(a, b)));
    }
    main.append(core.el("section", {}, core.el("h2", {}, "The two sessions"), sessionPair(a, b)));
    for (const [category, list] of groups) {
      main.append(core.el("section", {}, core.el("h2", {}, NAMES[category] || category), table.plain(NAMES[category] || category, columns(found), list)));
    }
    main.hidden = false;
  }

  return { show };
})();
