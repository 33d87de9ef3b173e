/* SPDX-License-Identifier: BSD-2-Clause */
/* The lanes on the screen: one canvas for them, one above it for cursor and markers; zoom, pan, measuring, overview. */
"use strict";

const timeline = (() => {
  const NEAR_PIXELS = 3;
  const OVERVIEW = 34;
  const AXIS = 24;
  const EVENTS_DRAWN_MAX = 400000;
  const PAPER = { width: 850, ratio: 2 }; /* A4 across, in CSS pixels, less margins and gutter */

  class Timeline {
    constructor(session, shared) {
      this.session = session;
      this.shared = shared;
      this.lastFrames = [];
      this.isPending = false;
      this.pixelBuffer = null;
      this.lanes = lanes.make(session, shared, () => this.invalidate());
      this.canvas = core.byId("lanes");
      this.overlay = core.byId("overlay");
      this.readout = core.byId("readout");
      this.layOut();
      this.makeZoom();
      this.makeOverview();
      this.listen();
      shared.countColumns = (g) => this.countColumns(g);
    }

    layOut() {
      const gutter = core.byId("gutter");
      let top = 0;
      for (const lane of this.lanes) {
        lane.top = top;
        const note = lane.note ? core.el("small", {}, lane.note) : null;
        const title = core.el("div.lane-title", {}, lane.title, note);
        title.style.top = `${top}px`;
        title.style.height = `${lane.height}px`;
        gutter.append(title);
        (lane.rows || []).forEach((row, i) => {
          const button = core.el("button.row-label", {
            type: "button", title: `${this.rowTitle(row)}; click to filter`, disabled: row.isRest,
            onclick: () => this.shared.toggleFilter(row.group === "exits" ? "reg" : "dev", row.label),
          }, row.label);
          button.style.top = `${top + lane.rowsTop + i * lane.rowHeight}px`;
          button.style.height = `${lane.rowHeight}px`;
          gutter.append(button);
        });
        top += lane.height + 6;
      }
      this.height = Math.max(40, top);
      gutter.style.height = `${this.height}px`;
      this.resize();
    }

    rowTitle(row) {
      const device = row.device === null || row.device === undefined ? null : this.session.facts.devices[row.device];
      return `${device && device.title ? device.title : row.label}: ${core.plural(row.count, "event")}`;
    }

    resize() {
      const box = core.byId("plot");
      this.ratio = this.isPrinting ? PAPER.ratio : Math.min(2, Math.max(1, Math.round(window.devicePixelRatio || 1)));
      this.width = this.isPrinting ? PAPER.width : Math.max(100, Math.floor(box.clientWidth));
      for (const canvas of [this.canvas, this.overlay]) {
        canvas.width = this.width * this.ratio;
        canvas.height = this.height * this.ratio;
        canvas.style.width = `${this.width}px`;
        canvas.style.height = `${this.height}px`;
      }
      core.byId("axis").setAttribute("width", this.width);
      box.style.height = `${this.height}px`;
    }

    /* What a lane needs to draw itself. */
    geometry() {
      const { from, to } = state.view;
      const step = (to - from) / this.width;
      return {
        ctx: this.ctx, width: this.width, from, to, step, ratio: this.ratio, colours: this.colours,
        x: (t) => (t - from) / step,
        image: (y, height, paint, rows) => this.paintImage(y, height, paint, rows),
      };
    }

    /* Lets PAINT fill pixels, ROWS of them (default: as many as are on the screen), and stretches them to HEIGHT. */
    paintImage(y, height, paint, rows = height * this.ratio) {
      const width = this.width * this.ratio;
      if (!this.pixelBuffer || this.pixelBuffer.width !== width || this.pixelBuffer.height < rows) {
        this.pixelBuffer = new OffscreenCanvas(width, Math.max(rows, 128));
      }
      const context = this.pixelBuffer.getContext("2d", { willReadFrequently: true });
      const image = new ImageData(width, rows);
      paint(this.geometry(), image);
      context.putImageData(image, 0, 0);
      this.ctx.imageSmoothingEnabled = false;
      this.ctx.drawImage(this.pixelBuffer, 0, 0, width, rows, 0, y, this.width, height);
      this.ctx.imageSmoothingEnabled = true;
    }

    /* Closer than the finest cells, a full page counts its events themselves, all rows at once: row, channel, pixel. */
    countColumns(g) {
      const { facts, events } = this.session;
      const width = g.width * g.ratio;
      const heat = this.shared.pyramid;
      if (!facts.full || g.step / g.ratio >= heat.bucketNs) {
        return null;
      }
      const key = `${g.from} ${g.to} ${width} ${heat.version}`;
      if (this.columns && this.columns.key === key) {
        return this.columns.counts;
      }
      const low = core.lowerBound(events.t, g.from);
      const high = core.lowerBound(events.t, g.to);
      if (high - low > EVENTS_DRAWN_MAX) {
        return null;
      }
      const counts = new Float32Array(width * heat.rows.length * 2);
      const add = (i) => {
        const row = heat.rowOf[events.series[i]];
        if (row >= 0) {
          const channel = this.session.series[events.series[i]].rw === 1 ? 1 : 0;
          counts[(row * 2 + channel) * width + Math.min(width - 1, Math.floor(g.x(events.t[i]) * g.ratio))]++;
        }
      };
      if (heat.matched) {
        const end = core.lowerBound(heat.matched, high);
        for (let k = core.lowerBound(heat.matched, low); k < end; k++) {
          add(heat.matched[k]);
        }
      } else {
        for (let i = low; i < high; i++) {
          add(i);
        }
      }
      this.columns = { key, counts };
      return counts;
    }

    invalidate() {
      if (!this.isPending) {
        this.isPending = true;
        requestAnimationFrame(() => {
          this.isPending = false;
          this.draw();
        });
      }
    }

    draw() {
      const begin = performance.now();
      this.ctx = this.canvas.getContext("2d");
      this.colours = this.colours || lanes.colours(this.shared.isDark());
      this.ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      this.ctx.clearRect(0, 0, this.width, this.height);
      this.ctx.font = lanes.FONT;
      for (const lane of this.lanes) {
        this.ctx.save();
        this.ctx.translate(0, lane.top);
        this.ctx.beginPath();
        this.ctx.rect(0, 0, this.width, lane.height);
        this.ctx.clip();
        lane.draw(this.geometry());
        this.ctx.restore();
      }
      this.drawAxis();
      this.drawOverlay();
      this.moveBrush();
      this.lastFrames.push(performance.now() - begin);
      this.lastFrames.splice(0, Math.max(0, this.lastFrames.length - 500));
    }

    drawAxis() {
      const { from, to } = state.view;
      this.scale = d3.scaleLinear().domain([from, to]).range([0, this.width]);
      /* Ticks in the seconds that people read, not in ns: round numbers of them. */
      const seconds = d3.scaleLinear().domain([from / 1e9, to / 1e9]).range([0, this.width]);
      const wanted = Math.max(2, Math.floor(this.width / 110));
      const ticks = seconds.ticks(wanted);
      const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
      const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-6));
      d3.select("#axis").select("g").call(d3.axisBottom(seconds).ticks(wanted).tickSizeOuter(0).tickFormat((s) => `${s.toFixed(digits)} s`));
    }

    xOf(t) {
      return ((t - state.view.from) / (state.view.to - state.view.from)) * this.width;
    }

    tAt(x) {
      return state.view.from + (x / this.width) * (state.view.to - state.view.from);
    }

    drawOverlay() {
      const ctx = this.overlay.getContext("2d");
      const { cursor, a, b } = state.view;
      ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      ctx.clearRect(0, 0, this.width, this.height);
      ctx.font = `600 ${lanes.FONT}`;
      if (a !== null && b !== null) {
        ctx.fillStyle = this.colours.accent;
        ctx.globalAlpha = 0.1;
        ctx.fillRect(this.xOf(Math.min(a, b)), 0, (Math.abs(b - a) / (state.view.to - state.view.from)) * this.width, this.height);
        ctx.globalAlpha = 1;
      }
      const line = (t, colour, name) => {
        if (t === null) {
          return;
        }
        const x = Math.round(this.xOf(t));
        ctx.fillStyle = colour;
        ctx.fillRect(x - 0.5, 0, name ? 1.5 : 1, this.height);
        if (name) {
          ctx.fillRect(x - 7, 0, 15, 15);
          ctx.fillStyle = this.colours.surface;
          ctx.fillText(name, x - 3.5, 11.5);
        }
      };
      if (this.hoverX !== undefined) {
        line(this.tAt(this.hoverX), this.colours.muted, "");
      }
      line(cursor, this.colours.text, "");
      if (cursor !== null) {
        const x = this.xOf(cursor);
        ctx.fillStyle = this.colours.text;
        ctx.beginPath();
        ctx.moveTo(x - 5, 0);
        ctx.lineTo(x + 5, 0);
        ctx.lineTo(x, 7);
        ctx.fill();
      }
      line(a, this.colours.accent, "A");
      line(b, this.colours.accent, "B");
    }

    makeZoom() {
      this.zoom = d3.zoom()
        .clickDistance(4)
        .filter(() => !d3.event.shiftKey && !d3.event.button && d3.event.type !== "dblclick")
        .on("zoom", () => {
          if (d3.event.sourceEvent) {
            const { k, x } = d3.event.transform;
            const length = this.session.end / k;
            const from = (-x / (this.width * k)) * this.session.end;
            state.set({ from, to: from + length });
          }
        });
      this.limitZoom();
      d3.select(this.overlay).call(this.zoom).on("dblclick.zoom", null);
    }

    limitZoom() {
      this.zoom.scaleExtent([1, Math.max(1, this.session.end / 1000)]).extent([[0, 0], [this.width, 1]])
        .translateExtent([[0, -Infinity], [this.width, Infinity]]);
    }

    /* d3's transform follows the state, wherever its change came from. */
    syncZoom() {
      const k = this.session.end / (state.view.to - state.view.from);
      const x = (-state.view.from / this.session.end) * this.width * k;
      this.overlay.__zoom = d3.zoomIdentity.translate(x, 0).scale(k);
    }

    makeOverview() {
      this.brush = d3.brushX().on("brush end", () => {
        const picked = d3.event.selection;
        if (!d3.event.sourceEvent || d3.event.sourceEvent.type === "zoom") {
          return;
        }
        const ns = this.session.end / this.width;
        if (picked) {
          state.set({ from: picked[0] * ns, to: picked[1] * ns });
        } else if (d3.event.type === "end") {
          state.set({ from: 0, to: this.session.end });
        }
      });
      this.drawOverview();
    }

    drawOverview() {
      const canvas = core.byId("overview-canvas");
      canvas.width = this.width * this.ratio;
      canvas.height = OVERVIEW * this.ratio;
      canvas.style.width = `${this.width}px`;
      const ctx = canvas.getContext("2d");
      this.colours = this.colours || lanes.colours(this.shared.isDark());
      ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      ctx.clearRect(0, 0, this.width, OVERVIEW);
      const step = this.session.end / this.width;
      for (const phase of this.session.facts.phases) {
        ctx.globalAlpha = 0.22;
        ctx.fillStyle = lanes.PHASES[phase.id % lanes.PHASES.length];
        ctx.fillRect(phase.t / step, 0, ((phase.end ?? this.session.end) - phase.t) / step, OVERVIEW);
      }
      ctx.globalAlpha = 1;
      const sums = new Float32Array(this.width);
      const all = new Float32Array(this.width);
      for (const row of this.shared.pyramid.rows) {
        for (const channel of [pyramid.READ, pyramid.WRITE]) {
          this.shared.pyramid.sample(row.id, channel, 0, step, sums);
          sums.forEach((value, x) => (all[x] += value));
        }
      }
      const most = Math.log1p(all.reduce((a, b) => Math.max(a, b), 1));
      ctx.fillStyle = this.colours.muted;
      ctx.globalAlpha = 0.6;
      all.forEach((value, x) => {
        const height = value ? 1 + (Math.log1p(value) / most) * (OVERVIEW - 5) : 0;
        ctx.fillRect(x, OVERVIEW - height, 1, height);
      });
      const svg = d3.select("#overview-brush").attr("width", this.width).attr("height", OVERVIEW);
      this.brush.extent([[0, 0], [this.width, OVERVIEW]]);
      svg.select("g").call(this.brush);
      this.moveBrush();
    }

    moveBrush() {
      const pixel = this.width / this.session.end;
      d3.select("#overview-brush").select("g").call(this.brush.move, [state.view.from * pixel, state.view.to * pixel]);
    }

    laneAt(y) {
      return this.lanes.find((lane) => y >= lane.top && y < lane.top + lane.height);
    }

    hover(event) {
      const box = this.overlay.getBoundingClientRect();
      this.hoverX = event.clientX - box.left;
      const t = this.tAt(this.hoverX);
      const step = (state.view.to - state.view.from) / this.width;
      const lane = this.laneAt(event.clientY - box.top);
      const text = lane ? lane.hit(t, event.clientY - box.top - lane.top, step * NEAR_PIXELS) : "";
      this.readout.textContent = `${core.moment(t, step)}${text ? "   " + text : ""}`;
      this.drawOverlay();
    }

    measure(event) {
      const box = this.overlay.getBoundingClientRect();
      state.set({ a: this.tAt(event.clientX - box.left), b: null });
      const move = (e) => state.set({ b: this.tAt(e.clientX - box.left) });
      const up = () => {
        window.removeEventListener("pointermove", move);
        window.removeEventListener("pointerup", up);
      };
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", up);
    }

    listen() {
      this.overlay.addEventListener("pointermove", (event) => this.hover(event));
      this.overlay.addEventListener("pointerleave", () => {
        this.hoverX = undefined;
        this.readout.textContent = this.readout.dataset.idle;
        this.drawOverlay();
      });
      this.overlay.addEventListener("pointerdown", (event) => event.shiftKey && this.measure(event));
      this.overlay.addEventListener("click", (event) => {
        if (!event.shiftKey) {
          state.set({ cursor: this.tAt(event.clientX - this.overlay.getBoundingClientRect().left) });
        }
      });
      state.on("from to", () => {
        this.syncZoom();
        this.invalidate();
      });
      state.on("cursor a b", () => this.drawOverlay());
      new ResizeObserver(() => {
        if (!this.isPrinting && Math.floor(core.byId("plot").clientWidth) !== this.width) {
          this.fit();
        }
      }).observe(core.byId("plot"));
    }

    /* Draws for the printer. A 2D canvas that is drawn while the browser prepares to print comes out empty in Chromium; a bitmap that is
     * handed over does not. */
    printOn(paper) {
      this.isPrinting = true;
      this.fit();
      const screen = this.canvas;
      this.canvas = new OffscreenCanvas(screen.width, screen.height);
      this.draw();
      paper.width = screen.width;
      paper.height = screen.height;
      paper.style.width = screen.style.width;
      paper.style.height = screen.style.height;
      paper.getContext("bitmaprenderer").transferFromImageBitmap(this.canvas.transferToImageBitmap());
      this.canvas = screen;
    }

    /* Takes the room that there is now, and the colours of the theme. */
    fit() {
      this.colours = null;
      this.columns = null;
      this.resize();
      this.limitZoom();
      this.syncZoom();
      this.drawOverview();
      this.draw();
    }
  }

  return { Timeline, AXIS };
})();
