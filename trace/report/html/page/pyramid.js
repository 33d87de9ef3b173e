/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of events by row and time, at every zoom: level 0 has the cells of the file, each further level half as many. */
"use strict";

const pyramid = (() => {
  const { MMIO, PCI, EXIT, ENTRY, DISK, DISK_END, QMP, OTHER } = data.KIND;
  const DEVICE_ROWS_MAX = 28;
  const EXIT_ROWS_MAX = 8;
  const READ = 0, WRITE = 1, CHANNELS = 2;

  /* Rows of the heat map: the most active devices and exit reasons, the rest in one row. */
  function makeRows(session) {
    const rows = [];
    const groups = new Map();
    for (const series of session.series) {
      const isEvent = series.kind === QMP || series.kind === OTHER;
      const group = series.hasAddress || isEvent ? "devices" : series.kind === EXIT ? "exits" : null;
      if (!group) {
        continue;
      }
      const label = group === "exits" ? series.register : series.deviceName || "(unknown)";
      const key = `${group} ${label}`;
      if (!groups.has(key)) {
        groups.set(key, { group, label, device: group === "devices" ? series.device : null, isEvent, count: 0, members: [] });
      }
      const row = groups.get(key);
      row.count += series.count;
      row.members.push(series);
    }
    for (const [group, most] of [["devices", DEVICE_ROWS_MAX], ["exits", EXIT_ROWS_MAX]]) {
      const all = [...groups.values()].filter((row) => row.group === group).sort((a, b) => b.count - a.count);
      rows.push(...all.slice(0, most));
      const rest = all.slice(most);
      if (rest.length) {
        rows.push({ group, label: `${rest.length} others`, device: null, count: rest.reduce((sum, row) => sum + row.count, 0),
          members: rest.flatMap((row) => row.members), isRest: true });
      }
    }
    rows.forEach((row, id) => {
      row.id = id;
      row.hasDirections = row.group === "devices" && !row.isEvent;
    });
    return rows;
  }

  function subjectOf(series) {
    return { series, dev: series.deviceName, reg: series.register, kind: series.kindName, rw: series.rwName || null,
      addr: series.hasAddress ? series.address : null, span: 2 ** series.shift - 1,
      size: series.size || (series.hasAddress ? undefined : null), t: undefined, value: undefined, cpu: undefined, file: null, host: null,
      text: series.kind === QMP || series.kind === OTHER ? undefined : null };
  }

  class Pyramid {
    constructor(session) {
      this.session = session;
      this.buckets = session.facts.buckets;
      this.bucketNs = session.facts.bucketNs;
      this.rows = makeRows(session);
      this.rowOf = new Int32Array(session.series.length).fill(-1);
      this.rows.forEach((row) => row.members.forEach((series) => (this.rowOf[series.id] = row.id)));
      this.subjects = session.series.map(subjectOf);
      this.verdict = new Uint8Array(session.series.length);
      this.levels = [];
      for (let n = this.buckets; n >= 64; n >>= 1) {
        this.levels.push({ buckets: n, counts: new Uint32Array(n * this.rows.length * CHANNELS) });
      }
      this.version = 0; /* of what is counted */
      this.matched = null; /* indices of the carried events that match; null: all */
      this.apply(null);
    }

    /* Counts again what COMPILED (null: everything) lets through. */
    apply(compiled) {
      this.compiled = compiled;
      this.version++;
      this.verdict.fill(filter.YES);
      if (compiled) {
        this.subjects.forEach((subject, id) => (this.verdict[id] = compiled.test(subject)));
      }
      const base = this.levels[0].counts;
      base.fill(0);
      this.matched = compiled ? this.matchEvents() : null;
      const byEvents = Boolean(compiled && this.session.facts.full && this.isUndecided());
      this.countCells(base, byEvents);
      if (byEvents) {
        this.countEvents(base);
      }
      this.total = 0;
      for (let i = 0; i < base.length; i++) {
        this.total += base[i];
      }
      for (let k = 1; k < this.levels.length; k++) {
        this.halve(this.levels[k - 1].counts, this.levels[k].counts);
      }
    }

    /* Does what matches hang on what only single events tell? */
    isUndecided() {
      return ["t", "value", "cpu", "addr", "size", "text"].some((field) => this.compiled.fields.has(field)) && this.verdict.includes(filter.MAYBE);
    }

    offsetOf(id) {
      const channel = this.session.series[id].rw === 1 ? WRITE : READ;
      return (this.rowOf[id] * CHANNELS + channel) * this.buckets;
    }

    /* HAS_EVENTS: what only single events decide is left to them. */
    countCells(base, hasEvents) {
      const { start, bucket, count } = this.session.cells;
      for (let id = 0; id < this.rowOf.length; id++) {
        if (this.rowOf[id] < 0 || this.verdict[id] === filter.NO || (hasEvents && this.verdict[id] === filter.MAYBE)) {
          continue;
        }
        const offset = this.offsetOf(id);
        const ask = this.verdict[id] === filter.MAYBE ? this.askTime(id) : null;
        for (let c = start[id]; c < start[id + 1]; c++) {
          if (!ask || ask(bucket[c])) {
            base[offset + bucket[c]] += count[c];
          }
        }
      }
    }

    /* Decides a cell by its time; what stays unknown counts. */
    askTime(id) {
      if (!this.compiled.fields.has("t")) {
        return null;
      }
      const subject = this.subjects[id];
      return (bucket) => {
        subject.t = (bucket + 0.5) * this.bucketNs;
        const verdict = this.compiled.test(subject);
        subject.t = undefined;
        return verdict !== filter.NO;
      };
    }

    countEvents(base) {
      const { series, t } = this.session.events;
      const { matched, buckets, bucketNs } = this;
      const offsets = Int32Array.from(this.rowOf, (row, id) => (row >= 0 && this.verdict[id] === filter.MAYBE ? this.offsetOf(id) : -1));
      for (let k = 0; k < matched.length; k++) {
        const i = matched[k];
        const offset = offsets[series[i]];
        if (offset >= 0) {
          const bucket = (t[i] / bucketNs) | 0;
          base[offset + (bucket < buckets ? bucket : buckets - 1)]++;
        }
      }
    }

    matchEvents() {
      const { length, series, t, cpu, low, high, offset, text } = this.session.events;
      const { test } = this.compiled;
      const matched = new Uint32Array(length);
      /* One subject for each series: what single events add is written over and over. */
      const subjects = this.subjects.map((subject) => ({ ...subject, span: 0 }));
      let found = 0;
      for (let i = 0; i < length; i++) {
        const id = series[i];
        let verdict = this.verdict[id];
        if (verdict === filter.MAYBE) {
          const subject = subjects[id];
          subject.t = t[i];
          subject.cpu = cpu[i];
          subject.value = high[i] * 4294967296 + low[i];
          if (subject.text !== null) {
            subject.text = text.get(i) || "";
          }
          if (offset && subject.addr !== null) {
            subject.addr = this.subjects[id].addr + offset[i];
          }
          verdict = test(subject);
        }
        if (verdict !== filter.NO) {
          matched[found++] = i;
        }
      }
      return matched.subarray(0, found);
    }

    halve(from, to) {
      for (let i = 0; i < to.length; i++) {
        to[i] = from[2 * i] + from[2 * i + 1];
      }
    }

    /* Adds the counts of ROW and CHANNEL between FROM and FROM + STEP * WIDTH (ns) to OUT, one for each step. */
    sample(row, channel, from, step, out) {
      let k = 0;
      while (k + 1 < this.levels.length && this.bucketNs * 2 ** (k + 1) <= step) {
        k++;
      }
      const { buckets, counts } = this.levels[k];
      const bucketNs = this.bucketNs * 2 ** k;
      const offset = (row * CHANNELS + channel) * buckets;
      for (let x = 0; x < out.length; x++) {
        const first = Math.floor((from + x * step) / bucketNs);
        const last = Math.max(first + 1, Math.floor((from + (x + 1) * step) / bucketNs));
        let sum = 0;
        for (let b = first; b < last && b < buckets; b++) {
          sum += counts[offset + b];
        }
        out[x] = last > first + 1 || bucketNs <= step ? sum : (sum * step) / bucketNs;
      }
    }

    /* How often each series occurs between FROM and TO: [{series, count}], the most frequent first. */
    hottest(from, to, most) {
      const { start, bucket, count } = this.session.cells;
      const found = [];
      const low = Math.floor(from / this.bucketNs);
      const high = Math.ceil(to / this.bucketNs);
      for (let id = 0; id < this.verdict.length; id++) {
        const kind = this.session.series[id].kind;
        if (this.verdict[id] === filter.NO || kind === ENTRY || kind === DISK || kind === DISK_END) {
          continue;
        }
        const cells = bucket.subarray(start[id], start[id + 1]);
        const ask = this.verdict[id] === filter.MAYBE && this.compiled ? this.askTime(id) : null;
        let sum = 0;
        for (let c = core.lowerBound(cells, low); c < cells.length && cells[c] < high; c++) {
          sum += !ask || ask(cells[c]) ? count[start[id] + c] : 0;
        }
        if (sum) {
          found.push({ series: this.session.series[id], count: sum });
        }
      }
      found.sort((a, b) => b.count - a.count);
      const total = found.reduce((sum, item) => sum + item.count, 0);
      return { items: found.slice(0, most), total, seriesTotal: found.length };
    }
  }

  return { Pyramid, READ, WRITE, subjectOf, MMIO, PCI };
})();
