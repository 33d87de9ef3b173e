/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts the page together and gives the keys their meaning. */
"use strict";

(() => {
  const TABS = [["overview", "Overview"], ["serial", "Serial"], ["events", "Events"], ["hottest", "Hottest"], ["devices", "Devices"], ["files", "Files"],
    ["network", "Network"], ["exits", "Exits"], ["session", "Session"]];
  const THEMES = ["auto", "light", "dark"];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const shared = { onFilter: [], compiled: null, requestVerdict: null, packetVerdict: null, isPrinting: false, isDark: () => false };
  let chart = null;
  let tabs = {};

  shared.isDark = () => !shared.isPrinting && (state.view.theme === "dark" || (state.view.theme === "auto" && dark.matches));

  function useTheme() {
    document.documentElement.dataset.theme = shared.isDark() ? "dark" : "light";
    core.byId("theme").textContent = `Theme: ${state.view.theme}`;
    if (chart) {
      chart.fit();
    }
  }

  function showHeader(session) {
    const s = session.facts.session;
    const name = (s.imagePath || s.name || "session").split("/").pop();
    core.byId("title").textContent = name;
    core.byId("outcome").textContent = s.endText || "cut off: the record has no end";
    core.byId("outcome").dataset.kind = s.endCode === "guest-poweroff" || s.endCode === "user" ? "good" : "warn";
    const login = session.facts.phases.find((phase) => phase.id === 4);
    const words = [s.start && s.start.replace("T", " ").replace(/\.\d+Z$/, " UTC"), s.accelerator && s.accelerator.toUpperCase(), s.firmware && s.firmware.toUpperCase(), s.tier && `tier ${s.tier}`,
      login ? `login after ${core.span(login.t)}` : "", session.facts.eventTotal ? core.plural(session.facts.eventTotal, "event") : ""];
    core.byId("subtitle").textContent = words.filter(Boolean).join("  ·  ");
  }

  function chooseTab() {
    const chosen = state.view.tab in tabs ? state.view.tab : "overview";
    for (const [id, tab] of Object.entries(tabs)) {
      const isChosen = id === chosen;
      tab.button.setAttribute("aria-selected", String(isChosen));
      tab.button.tabIndex = isChosen ? 0 : -1;
      tab.box.classList.toggle("chosen", isChosen);
      (isChosen ? tab.panel.shown : tab.panel.hidden)?.();
    }
  }

  function makeTabs(session) {
    const make = { overview: overview.overviewPanel, session: overview.sessionPanel, ...panels };
    const bar = core.byId("tabs");
    const holder = core.byId("panels");
    TABS.forEach(([id, title], i) => {
      const panel = make[id](session, shared);
      const button = core.el("button", { type: "button", id: `tab-${id}`, role: "tab", "aria-controls": `panel-${id}`, title: `${title} (${i + 1})`, onclick: () => state.set({ tab: id }) }, title);
      const box = core.el("div.panel", { id: `panel-${id}`, role: "tabpanel", "aria-labelledby": `tab-${id}` }, core.el("h2.print-title", {}, title), panel.node);
      tabs[id] = { button, box, panel };
      bar.append(button);
      holder.append(box);
    });
    bar.addEventListener("keydown", (event) => {
      const ids = Object.keys(tabs);
      const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (way) {
        const next = ids[(ids.indexOf(state.view.tab) + way + ids.length) % ids.length];
        state.set({ tab: next });
        tabs[next].button.focus();
        event.preventDefault();
        event.stopPropagation();
      }
    });
    state.on("tab", chooseTab);
    const figure = panels.picture(session);
    core.byId("picture").append(...(figure ? [figure] : []));
    core.byId("picture").hidden = !figure;
    chooseTab();
  }

  /* "A 1.20 s   B 3.40 s   B − A 2.20 s" */
  function showMarkers() {
    const { a, b, cursor, from, to } = state.view;
    const step = (to - from) / 1000;
    const part = (name, t) => (t === null ? null : core.el("button.link", { type: "button", title: "Go there", onclick: () => state.reveal(t) }, `${name} ${core.moment(t, step)}`));
    const between = a !== null && b !== null ? core.el("strong", { id: "between" }, `${core.span(Math.abs(b - a))} between A and B`)
      : a !== null && cursor !== null ? core.el("span", {}, `${core.span(Math.abs(cursor - a))} from A to the cursor`) : null;
    const clear = a !== null || b !== null ? core.el("button", { type: "button", title: "Remove both markers (Esc)", onclick: () => state.set({ a: null, b: null }) }, "Clear") : null;
    core.byId("markers").replaceChildren(...[part("Cursor", cursor), part("A", a), part("B", b), between, clear].filter(Boolean));
    core.byId("range").textContent = `${core.span(to - from)} in view`;
  }

  /* The next moment of something that has one, from the cursor on: events that match, or lines of serial text. */
  function step(session, way) {
    const at = state.view.cursor ?? (way > 0 ? -1 : session.end + 1);
    const matched = shared.pyramid.matched;
    const list = state.view.tab === "serial" || !session.events.length ? session.logs.serial.t.filter((t) => !Number.isNaN(t))
      : matched ? Float64Array.from(matched, (i) => session.events.t[i]) : session.events.t;
    const i = way > 0 ? core.lowerBound(list, at + 0.5) : core.lowerBound(list, at) - 1;
    if (i >= 0 && i < list.length) {
      state.reveal(list[i]);
    }
  }

  function keys(session) {
    const { view } = state;
    const jump = (way) => {
      const moments = session.facts.phases.map((p) => p.t).concat(session.facts.milestones.map((m) => m.t)).sort((x, y) => x - y);
      const found = way > 0 ? moments.find((t) => t > (view.cursor ?? -1)) : moments.findLast((t) => t < (view.cursor ?? session.end));
      if (found !== undefined) {
        state.reveal(found);
      }
    };
    const actions = {
      "?": () => core.byId("help").showModal(),
      "f": () => core.byId("filter").focus(),
      "/": () => core.byId("search").focus(),
      "+": () => state.zoom(0.5, view.cursor !== null && view.cursor >= view.from && view.cursor <= view.to ? view.cursor : undefined),
      "-": () => state.zoom(2, view.cursor !== null && view.cursor >= view.from && view.cursor <= view.to ? view.cursor : undefined),
      "0": () => state.set({ from: 0, to: session.end }),
      "ArrowLeft": () => state.pan(-0.2),
      "ArrowRight": () => state.pan(0.2),
      ",": () => step(session, -1),
      ".": () => step(session, 1),
      "[": () => jump(-1),
      "]": () => jump(1),
      "a": () => state.set({ a: view.cursor ?? (view.from + view.to) / 2 }),
      "b": () => state.set({ b: view.cursor ?? (view.from + view.to) / 2 }),
      "m": () => view.a !== null && view.b !== null && view.a !== view.b && state.set({ from: Math.min(view.a, view.b), to: Math.max(view.a, view.b) }),
      "t": () => state.set({ theme: THEMES[(THEMES.indexOf(view.theme) + 1) % THEMES.length] }),
      "Escape": () => state.set(view.a !== null || view.b !== null ? { a: null, b: null } : view.cursor !== null ? { cursor: null } : { filter: "" }),
    };
    actions["="] = actions["+"];
    TABS.forEach(([id], i) => (actions[String(i + 1)] = () => state.set({ tab: id })));
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || core.isWriting(event.target) || core.byId("help").open) {
        return;
      }
      const action = actions[event.key];
      if (action) {
        action();
        event.preventDefault();
      }
    });
  }

  function print(session) {
    window.addEventListener("beforeprint", () => {
      shared.isPrinting = true;
      Object.values(tabs).forEach((tab) => tab.panel.shown?.());
      useTheme();
      chart.printOn(core.byId("paper"));
    });
    window.addEventListener("afterprint", () => {
      shared.isPrinting = false;
      chooseTab();
      chart.isPrinting = false;
      useTheme();
    });
  }

  async function showSession() {
    const session = await data.load("");
    state.begin(session.end);
    shared.pyramid = new pyramid.Pyramid(session);
    core.byId("session").hidden = false;
    showHeader(session);
    const field = find.filterField(session, shared);
    find.searchField(session, shared);
    chart = new timeline.Timeline(session, shared);
    shared.onFilter.push(() => {
      chart.columns = null;
      chart.drawOverview();
      chart.invalidate();
    });
    state.on("cursor a b from to", showMarkers);
    makeTabs(session);
    keys(session);
    print(session);
    state.load();
    if (state.view.filter) {
      field.apply();
    }
    showMarkers();
    chart.fit();
    if (!session.facts.eventTotal && !session.facts.phases.length && !session.logs.serial.lines.length) {
      core.byId("readout").dataset.idle = core.byId("readout").textContent = "This session has nothing with a time.";
    }
    /* For measurements from outside: what the tests and the bench read. */
    window.hiperiso = { session, shared, chart, state };
  }

  function fail(error) {
    core.byId("problem").hidden = false;
    core.byId("problem").textContent = `This page cannot be shown: ${error.message || error}`;
    document.body.dataset.state = "failed";
  }

  async function begin() {
    core.byId("help-button").addEventListener("click", () => core.byId("help").showModal());
    core.byId("theme").addEventListener("click", () => state.set({ theme: THEMES[(THEMES.indexOf(state.view.theme) + 1) % THEMES.length] }));
    state.on("theme", useTheme);
    dark.addEventListener("change", useTheme);
    useTheme();
    if (core.byId("block-diff")) {
      await diff.show();
      state.load();
    } else {
      await showSession();
    }
    document.body.dataset.state = "ready";
    requestAnimationFrame(() => performance.mark("hiperiso-first-picture"));
  }

  begin().catch(fail);
})();
