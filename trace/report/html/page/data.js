/* SPDX-License-Identifier: BSD-2-Clause */
/* Unpacks the page's blocks of data; html_data.h is the other end of what stands here. */
"use strict";

const data = (() => {
  const MMIO = 0, PCI = 2, EXIT = 3, QMP = 7, OTHER = 8;

  function fromBase64(text) {
    if (Uint8Array.fromBase64) {
      return Uint8Array.fromBase64(text);
    }
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) {
      bytes[i] = binary.charCodeAt(i);
    }
    return bytes;
  }

  /* The bytes of a block, which is then dropped from the page; no block: no bytes. */
  async function unpack(name) {
    const element = core.byId("block-" + name);
    if (!element) {
      return new Uint8Array(0);
    }
    try {
      const stream = new Blob([fromBase64(element.textContent)]).stream().pipeThrough(new DecompressionStream("gzip"));
      const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
      element.remove();
      return bytes;
    } catch (error) {
      throw new Error(`this file is damaged: its block "${name}" cannot be unpacked; make it again (${error.message || error})`);
    }
  }

  /* Reads LEB128 numbers one by one. */
  class Reader {
    constructor(bytes) {
      this.bytes = bytes;
      this.at = 0;
    }

    varint() {
      const bytes = this.bytes;
      let byte = bytes[this.at++];
      if (byte < 128) {
        return byte;
      }
      let value = byte & 127;
      let unit = 128;
      do {
        byte = bytes[this.at++];
        if (byte === undefined) {
          throw new Error("this file is damaged: a column ends early; make it again");
        }
        value += (byte & 127) * unit;
        unit *= 128;
      } while (byte >= 128);
      return value;
    }

    zigzag() {
      const value = this.varint();
      return value % 2 ? -(value + 1) / 2 : value / 2;
    }

    column(array, read = () => this.varint()) {
      for (let i = 0; i < array.length; i++) {
        array[i] = read(i);
      }
      return array;
    }

    /* Distances become moments. */
    moments(length) {
      let t = 0;
      return this.column(new Float64Array(length), () => (t += this.varint()));
    }
  }

  /* A list of rows as objects. */
  function rows(list, names) {
    const keys = names.split(" ");
    const result = list.rows.map((row) => Object.fromEntries(keys.map((key, i) => [key, row[i]])));
    result.total = list.total;
    return result;
  }

  function readFacts(bytes) {
    const facts = JSON.parse(new TextDecoder().decode(bytes));
    if (facts.format !== 1) {
      throw new Error(`this page does not know data of format ${facts.format}; make it again`);
    }
    facts.phases = rows(facts.phases, "id name t end how");
    facts.milestones = rows(facts.milestones, "t name");
    facts.gaps = rows(facts.gaps, "t end waiting");
    facts.devices = rows({ rows: facts.devices }, "name title pci reads writes mmio pio config first last");
    facts.regions = rows(facts.regions, "device space bar base bytes from until");
    facts.drives = rows({ rows: facts.drives }, "name file reads writes bytesRead bytesWritten isImage");
    facts.files = rows(facts.files, "path off bytes reads bytesRead first last order");
    facts.exits = rows(facts.exits, "reason count total max");
    facts.hot = rows(facts.hot, "kind rw device address count register");
    facts.polls = rows(facts.polls, "t end address count device kind cpu register");
    facts.hosts = rows(facts.hosts, "address name packets bytesFrom bytesTo first last");
    facts.dns = rows(facts.dns, "t name type answer answerT");
    facts.http = rows(facts.http, "t method host path code answerT");
    facts.series = rows({ rows: facts.series }, "kind rw device address shift size count first last register");
    return facts;
  }

  function nameSeries(facts) {
    facts.series.forEach((series, id) => {
      series.id = id;
      series.addressText = series.address;
      series.address = Number(series.address);
      series.kindName = facts.kinds[series.kind];
      series.rwName = ["read", "write", ""][series.rw] || "";
      series.hasAddress = series.kind >= MMIO && series.kind <= PCI;
      series.deviceName = series.device === null ? "" : facts.devices[series.device].name;
      if (series.kind === EXIT) {
        series.register = (facts.exits[series.address] || { reason: "exit" }).reason;
        series.deviceName = "cpu";
      } else if (series.kind === QMP || series.kind === OTHER) {
        series.deviceName = series.deviceName || "qemu";
      } else if (!series.hasAddress && series.kind !== 4) {
        series.deviceName = (facts.drives[series.address] || { name: "disk" }).name;
      }
    });
  }

  function readCells(reader, facts) {
    const total = facts.series.length;
    const start = new Uint32Array(total + 1);
    const bucket = [];
    const number = [];
    let at = 0;
    for (let id = 0; id < total; id++) {
      let b = 0;
      for (let left = reader.varint(); left > 0; left--) {
        b += reader.varint();
        bucket[at] = b;
        number[at++] = reader.varint();
      }
      start[id + 1] = at;
    }
    return { start, bucket: Uint32Array.from(bucket), count: Uint32Array.from(number) };
  }

  function readEvents(reader, texts, facts) {
    const length = reader.bytes.length ? reader.varint() : 0;
    const series = reader.column(new Uint32Array(length));
    const t = reader.moments(length);
    const half = () => {
      const last = new Uint32Array(facts.series.length);
      return reader.column(new Uint32Array(length), (i) => (last[series[i]] = (last[series[i]] ^ reader.varint()) >>> 0));
    };
    const low = half();
    const high = half();
    const cpu = reader.column(new Uint8Array(length));
    const offset = facts.series.some((s) => s.shift && s.hasAddress) ? new Float64Array(length) : null;
    const text = new Map();
    let line = 0;
    for (let i = 0; i < length; i++) {
      const s = facts.series[series[i]];
      if (s.shift && s.hasAddress) {
        offset[i] = reader.varint();
      }
      if (s.kind === QMP || s.kind === OTHER) {
        text.set(i, texts[line++]);
      }
    }
    return { length, series, t, low, high, cpu, offset, text };
  }

  function readRequests(reader, facts) {
    const length = reader.bytes.length ? reader.varint() : 0;
    const t = reader.moments(length);
    const took = reader.column(new Float64Array(length), () => reader.varint() - 1);
    const distance = reader.column(new Float64Array(length), () => reader.zigzag());
    const bytes = reader.column(new Float64Array(length));
    const drive = reader.column(new Uint32Array(length));
    const file = reader.column(new Int32Array(length), () => reader.varint() - 1);
    const joined = reader.column(new Uint32Array(length));
    const ends = new Float64Array(facts.drives.length + 1);
    const off = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const d = drive[i] >> 1;
      off[i] = distance[i] + ends[d];
      ends[d] = off[i] + bytes[i];
    }
    return { length, t, took, off, bytes, drive, file, joined, distance };
  }

  function readPackets(reader) {
    const length = reader.bytes.length ? reader.varint() : 0;
    const t = reader.moments(length);
    const bytes = reader.column(new Float64Array(length));
    const host = reader.column(new Int32Array(length), () => reader.varint() - 1);
    const fromGuest = reader.column(new Uint8Array(length));
    const joined = reader.column(new Uint32Array(length));
    return { length, t, bytes, host, fromGuest, joined };
  }

  function readLog(times, bytes) {
    const lines = new TextDecoder().decode(bytes).split("\n");
    lines.pop();
    const reader = new Reader(times);
    let last = 0;
    const t = reader.column(new Float64Array(lines.length), () => {
      const distance = reader.varint();
      return distance === 0 ? NaN : (last += distance - 1);
    });
    return { lines, t };
  }

  function readPictures(prefix, facts) {
    const pictures = [];
    facts.pictures.rows.forEach((t, number) => {
      const element = core.byId(`${prefix}picture-${number}`);
      if (element) {
        pictures.push({ t, number, url: "data:image/png;base64," + element.textContent });
        element.remove();
      }
    });
    pictures.total = facts.pictures.total;
    return pictures;
  }

  /* Everything of one session; PREFIX stands before the names of its blocks. */
  async function load(prefix) {
    const names = ["facts", "cells", "events", "texts", "requests", "packets", "serial-t", "serial", "firmware-t", "firmware"];
    const parts = await Promise.all(names.map((name) => unpack(prefix + name)));
    const block = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
    const facts = readFacts(block.facts);
    nameSeries(facts);
    return {
      facts,
      end: Math.max(1, facts.end),
      series: facts.series,
      cells: readCells(new Reader(block.cells), facts),
      events: readEvents(new Reader(block.events), new TextDecoder().decode(block.texts).split("\n"), facts),
      requests: readRequests(new Reader(block.requests), facts),
      packets: readPackets(new Reader(block.packets)),
      logs: { serial: readLog(block["serial-t"], block.serial), firmware: readLog(block["firmware-t"], block.firmware) },
      pictures: readPictures(prefix, facts),
    };
  }

  /* What the page of a diff needs of one session. */
  async function loadFacts(prefix) {
    const facts = readFacts(await unpack(prefix + "facts"));
    return { facts, end: Math.max(1, facts.end) };
  }

  async function loadDiff() {
    return JSON.parse(new TextDecoder().decode(await unpack("diff")));
  }

  /* The value of event I as text: halves, because a number holds 53 bits. */
  function valueText(events, i) {
    const high = events.high[i];
    return high ? "0x" + high.toString(16) + events.low[i].toString(16).padStart(8, "0") : core.hex(events.low[i]);
  }

  function valueNumber(events, i) {
    return events.high[i] * 4294967296 + events.low[i];
  }

  return { load, loadFacts, loadDiff, valueText, valueNumber, Reader, KIND: { MMIO, PIO: 1, PCI, EXIT, ENTRY: 4, DISK: 5, DISK_END: 6, QMP, OTHER } };
})();
