/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's scripts without a browser: test_page.js MAKE_PAGE SCRIPT... Every script has valid syntax; what the C side wrote is what the
 * page reads; the filter means what it says. */
"use strict";

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const vm = require("node:vm");

const [makePage, ...scripts] = process.argv.slice(2);
const EVENTS = 50000;
const tests = [];
const test = (name, body) => tests.push([name, body]);

/* The scripts that need no screen, and the blocks of a page as the document. */
function load(html) {
  const blocks = new Map();
  for (const [, id, text] of (html || "").matchAll(/<script type="text\/plain" id="([a-z0-9-]+)">([^<]*)<\/script>/g)) {
    blocks.set(id, { textContent: text, remove: () => blocks.delete(id) });
  }
  const context = vm.createContext({ document: { getElementById: (id) => blocks.get(id) || null }, Blob, Response, DecompressionStream, TextDecoder, atob, Intl });
  for (const name of ["core.js", "data.js", "filter.js", "pyramid.js"]) {
    vm.runInContext(fs.readFileSync(scripts.find((script) => script.endsWith("/" + name)), "utf8"), context, { filename: name });
  }
  return vm.runInContext("({core, data, filter, pyramid})", context);
}

function page(...options) {
  return execFileSync(makePage, [String(EVENTS), ...options], { encoding: "utf8", maxBuffer: 1 << 28 });
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

test("every script has valid syntax", () => {
  for (const script of scripts) {
    new vm.Script(fs.readFileSync(script, "utf8"), { filename: script });
  }
});

test("a full page carries every event as it was", async () => {
  const { data } = load(page("full"));
  const session = await data.load("");
  const { events, series } = session;
  assert.strictEqual(events.length, EVENTS);
  assert.strictEqual(sum(series.map((s) => s.count)), EVENTS);
  let hpet = 0;
  for (let i = 0; i < EVENTS; i++) {
    const s = series[events.series[i]];
    assert.strictEqual(events.t[i], Math.trunc((i / EVENTS) * 1e10), `t of event ${i}`);
    if (s.deviceName === "hpet") {
      assert.strictEqual(data.valueNumber(events, i), i * 100);
      assert.strictEqual(s.addressText, "0xfed000f0");
      hpet++;
    } else if (s.deviceName === "pflash") {
      const address = s.address + events.offset[i];
      assert.ok(address >= 0xffc00000 && address <= 0xffcfffff);
    } else if (s.deviceName === "qemu") {
      assert.strictEqual(events.text.get(i), "core 0x55 started");
    }
  }
  assert.strictEqual(hpet, series.find((s) => s.deviceName === "hpet").count);
});

test("an ordinary page carries the first events of each series, and all counts", async () => {
  const { data, pyramid } = load(page());
  const session = await data.load("");
  assert.ok(session.events.length < EVENTS && session.events.length >= 20000);
  assert.strictEqual(sum(session.cells.count), EVENTS);
  const heat = new pyramid.Pyramid(session);
  const disk = sum(session.series.filter((s) => s.kind === data.KIND.DISK).map((s) => s.count));
  assert.strictEqual(heat.total, EVENTS - disk);
  for (const level of heat.levels) {
    assert.strictEqual(sum(level.counts), heat.total);
  }
});

test("requests, packets and lines arrive", async () => {
  const session = await load(page()).data.load("");
  const { requests, packets, logs, facts } = session;
  assert.strictEqual(requests.length, 1000);
  for (let i = 0; i < requests.length; i++) {
    assert.strictEqual(requests.t[i], i * 1e7);
    assert.strictEqual(requests.off[i], ((i * 7919) % 1000) * 2048);
    assert.strictEqual(requests.took[i], i % 10 ? 1000 : -1);
    assert.strictEqual(facts.files[requests.file[i]].path, i % 2 ? "/b" : "/a");
  }
  assert.deepStrictEqual([...packets.bytes], [60, 90]);
  assert.strictEqual(logs.serial.lines.length, 200);
  assert.strictEqual(logs.serial.lines[199], "line of text");
  assert.ok(Number.isNaN(logs.serial.t[0]));
  assert.strictEqual(logs.serial.t[50], 1e9);
  assert.strictEqual(facts.filesOnImage, 3);
  assert.strictEqual(facts.session.imagePath, "/ISOs/</script><b>sample & co.iso");
});

test("a damaged block is named", async () => {
  const html = page().replace(/(id="block-cells">.{40})..../, "$1AAAA");
  await assert.rejects(load(html).data.load(""), /block "cells".*make it again/);
});

test("the filter means what it says", () => {
  const { filter } = load();
  const subject = { dev: "hpet", reg: "main counter", kind: "mmio", rw: "read", t: 1.5e9, addr: 0xfed000f0, span: 0, size: 8, value: 300, cpu: 1, file: null, host: null, text: null };
  const cases = {
    "dev==hpet": true, "dev=hpet": true, "dev == HPET": true, "dev!=hpet": false, "dev~pe": true, "dev==h*": true, "dev==x*": false, "reg==\"main counter\"": true,
    "t<2s": true, "t<2": true, "t<1500ms": false, "t<=1500ms": true, "t>1s && t<1.6s": true, "addr==0xfed000f0": true, "addr>=0xfed00000 && addr<0xfed01000": true,
    "rw==r": true, "rw==write": false, "size==8": true, "value==0x12c": true, "value!=300": false, "cpu==1": true, "file~x": false, "file!=x": true,
    "!dev==hpet": false, "!(dev==hpet && t<2s)": false, "dev==x || t<2s": true, "dev==x || dev==y || kind==mmio": true, "dev==x && t<2s || kind==mmio": true,
    "counter": true, "nothing": false, "not nothing and counter": true, "hpet && !counter": false,
  };
  for (const [text, expected] of Object.entries(cases)) {
    const compiled = filter.compile(text);
    assert.ok(compiled.test, `${text}: ${JSON.stringify(compiled.error)}`);
    assert.strictEqual(compiled.test(subject), expected ? filter.YES : filter.NO, text);
  }
  assert.strictEqual(filter.compile("  "), null);
});

test("what a series does not tell is undecided", () => {
  const { filter } = load();
  const series = { dev: "hpet", reg: "", kind: "mmio", rw: "read", t: undefined, addr: 0x100, span: 0xff, size: 8, value: undefined, cpu: undefined, file: null, host: null, text: null };
  for (const [text, expected] of Object.entries({ "dev==hpet && t<2s": filter.MAYBE, "dev==x && t<2s": filter.NO, "dev==hpet || t<2s": filter.YES, "addr==0x180": filter.MAYBE,
    "addr<0x200": filter.YES, "addr>=0x200": filter.NO, "addr!=0x180": filter.MAYBE, "addr!=0x1000": filter.YES })) {
    assert.strictEqual(filter.compile(text).test(series), expected, text);
  }
});

test("a wrong filter is told where and why", () => {
  const { filter } = load();
  for (const [text, at, message] of [["dev==", 5, /value is missing/], ["foo==1", 0, /no "foo": dev/], ["t<abc", 2, /is no time/], ["(dev==x", 7, /parenthesis/], ["dev==x y", 7, /too much|missing/],
    ["dev==\"x", 5, /not closed/], ["dev<x", 5, /is a text/], ["t~2", 3, /is a number/], ["&& x", 0, /missing before/], ["a & b", 2, /not understood/], ["!".repeat(300) + "x", undefined, /too deep/]]) {
    const { error } = filter.compile(text);
    assert.ok(error, text);
    assert.match(error.message, message, text);
    if (at !== undefined) {
      assert.strictEqual(error.at, at, text);
    }
  }
});

test("completion offers fields, then their values", () => {
  const { filter } = load();
  const values = { dev: [{ text: "hpet" }, { text: "pci 00:1f.2" }] };
  const texts = (text) => Array.from(filter.complete(text, text.length, values).items, (item) => item.text);
  assert.ok(texts("").includes("dev=="));
  assert.deepStrictEqual(texts("de"), ["dev=="]);
  assert.deepStrictEqual(texts("dev==h"), ["hpet"]);
  assert.deepStrictEqual(texts("t<2s && dev==p"), ["hpet", "\"pci 00:1f.2\""]);
  assert.deepStrictEqual(texts("t<"), []);
  assert.strictEqual(filter.complete("t<2s && dev==p", 14, values).from, 13);
});

test("numbers are written as people read them", () => {
  const { core } = load();
  for (const [got, expected] of [[core.span(0), "0 s"], [core.span(999), "999 ns"], [core.span(1.5e6), "1.50 ms"], [core.span(12.34e9), "12.3 s"], [core.span(125e9), "2 min 5 s"],
    [core.bytes(1), "1 byte"], [core.bytes(1500), "1.50 kB"], [core.bytes(4e9), "4.00 GB"], [core.count(1234567), "1,234,567"], [core.moment(1.5e9, 1e6), "1.500 s"], [core.moment(null), "–"]]) {
    assert.strictEqual(got, expected);
  }
});

(async () => {
  let failed = 0;
  for (const [name, body] of tests) {
    try {
      await body();
      console.log(`ok: ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED: ${name}\n${error.stack}`);
    }
  }
  process.exitCode = failed ? 1 : 0;
})();
