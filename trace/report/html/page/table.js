/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables: plain ones that sort, and a list of any length of which only the visible rows exist. */
"use strict";

const table = (() => {
  const TALLEST = 8e6; /* pixels; browsers end somewhere above */
  const SHOWN_FIRST = 200;

  /* A list of COUNT rows of equal height; ROW(i) makes the content of one. */
  class List {
    constructor(name, { rowHeight = 20, row, onPick }) {
      this.rowHeight = rowHeight;
      this.row = row;
      this.onPick = onPick;
      this.count = 0;
      this.picked = -1;
      this.inner = core.el("div.list-inner");
      this.node = core.el("div.list", { tabIndex: 0, role: "listbox", "aria-label": name,
        onscroll: () => this.draw(), onkeydown: (event) => this.key(event), onclick: (event) => this.click(event) }, this.inner);
      new ResizeObserver(() => this.draw()).observe(this.node);
    }

    setCount(count) {
      this.count = count;
      this.height = Math.min(TALLEST, count * this.rowHeight);
      this.inner.style.height = `${this.height}px`;
      this.draw();
    }

    /* Rows per pixel of scrolling: 1 / rowHeight unless the list is too tall for the browser. */
    rowAt(top) {
      const room = Math.max(1, this.height - this.node.clientHeight);
      const rows = Math.max(0, this.count - this.node.clientHeight / this.rowHeight);
      return this.height < this.count * this.rowHeight ? (top / room) * rows : top / this.rowHeight;
    }

    draw() {
      const first = Math.max(0, Math.floor(this.rowAt(this.node.scrollTop)));
      const shown = Math.ceil(this.node.clientHeight / this.rowHeight) + 1;
      const rows = [];
      const shift = this.height < this.count * this.rowHeight ? this.node.scrollTop : first * this.rowHeight;
      for (let i = first; i < Math.min(this.count, first + shown); i++) {
        const node = core.el("div.list-row", { role: "option", "aria-selected": String(i === this.picked), "data-index": i }, ...this.row(i));
        node.style.top = `${shift + (i - first) * this.rowHeight}px`;
        node.classList.toggle("picked", i === this.picked);
        rows.push(node);
      }
      this.inner.replaceChildren(...rows);
    }

    /* Marks row I and brings it into view. */
    show(i) {
      this.picked = i;
      const top = this.height < this.count * this.rowHeight
        ? (i / Math.max(1, this.count)) * (this.height - this.node.clientHeight) : i * this.rowHeight - this.node.clientHeight / 2;
      const first = this.rowAt(this.node.scrollTop);
      const isSeen = i >= first && i < first + this.node.clientHeight / this.rowHeight - 1;
      if (!isSeen) {
        this.node.scrollTop = Math.max(0, top);
      }
      this.draw();
    }

    click(event) {
      const row = event.target.closest("[data-index]");
      if (row) {
        this.pick(Number(row.dataset.index));
      }
    }

    pick(i) {
      this.show(i);
      this.onPick(i);
    }

    key(event) {
      const page = Math.max(1, Math.floor(this.node.clientHeight / this.rowHeight) - 1);
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
      if (event.key in steps && this.count && !event.ctrlKey && !event.altKey) {
        event.preventDefault();
        event.stopPropagation();
        this.pick(core.clamp(this.picked + steps[event.key], 0, this.count - 1));
      }
    }
  }

  /* COLUMNS: {title, text(row), sort(row), isNumber, t(row)}; T: a moment to which a click leads. */
  function plain(name, columns, rows, { total = rows.length, most = SHOWN_FIRST, onRow = null } = {}) {
    let sorted = rows;
    let shown = most;
    let order = { column: null, down: true };
    const body = core.el("tbody");
    const foot = core.el("div.table-foot");

    function cell(column, row) {
      const text = column.text(row);
      const t = column.t ? column.t(row) : null;
      const content = t === null || t === undefined ? text
        : core.el("button.link", { type: "button", onclick: (event) => { event.stopPropagation(); state.reveal(t); } }, text);
      return core.el(column.isNumber ? "td.number" : "td", column.isNumber ? {} : { title: text.length > 40 ? text : null }, content);
    }

    function fill() {
      body.replaceChildren(...sorted.slice(0, shown).map((row) => {
        const node = core.el("tr", {}, columns.map((column) => cell(column, row)));
        if (onRow) {
          node.classList.add("clickable");
          node.addEventListener("click", () => onRow(row));
        }
        return node;
      }));
      const left = sorted.length - shown;
      const missing = total - rows.length;
      foot.replaceChildren(
        left > 0 ? core.el("button", { type: "button", onclick: () => { shown += 1000; fill(); } }, `Show ${core.count(Math.min(1000, left))} more of ${core.count(left)}`) : "",
        missing > 0 ? ` ${core.plural(missing, "further row")} are not in this file.` : "");
    }

    const heads = columns.map((column) => core.el(column.isNumber ? "th.number" : "th", { scope: "col" },
      core.el("button", { type: "button", onclick: () => {
        order = { column, down: order.column === column ? !order.down : Boolean(column.isNumber) };
        const value = column.sort || column.text;
        sorted = [...rows].sort((x, y) => {
          const [a, b] = [value(x), value(y)];
          const way = a < b ? -1 : a > b ? 1 : 0;
          return order.down ? -way : way;
        });
        heads.forEach((head, i) => head.setAttribute("aria-sort", columns[i] === column ? (order.down ? "descending" : "ascending") : "none"));
        fill();
      } }, column.title)));
    fill();
    return core.el("div.table-box", {}, core.el("table", {}, core.el("caption.hidden", {}, name), core.el("thead", {}, core.el("tr", {}, heads)), body), foot);
  }

  return { List, plain };
})();
