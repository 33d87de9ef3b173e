/* SPDX-License-Identifier: BSD-2-Clause */
/* The typed filter: `dev==hpet && t<2s`. Compiled to three-valued tests, so that a whole series is often decided at once. */
"use strict";

const filter = (() => {
  const NO = 0, MAYBE = 1, YES = 2;
  const FIELDS = {
    dev: "device: hpet, ahci, cdrom, cpu, ...",
    reg: "register or exit reason",
    kind: "mmio, pio, pci, exit, disk, net, ...",
    rw: "read or write",
    t: "time: 2s, 150ms, 1.5s",
    addr: "address, port or offset",
    size: "bytes of the access",
    value: "what was read or written",
    cpu: "processor",
    file: "file of the image (disk)",
    host: "address or name (net)",
    text: "text of QEMU's events",
  };
  const NUMERIC = new Set(["t", "addr", "size", "value", "cpu"]);
  const TIME_UNITS = { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9, min: 6e10 };
  const SIZE_UNITS = { k: 1e3, kb: 1e3, kib: 1024, m: 1e6, mb: 1e6, mib: 1048576 };
  const TOKEN = /\s*(?:(&&|\|\||==|!=|<=|>=|[<>~!()=])|"([^"]*)("?)|([^\s&|=!<>~()"]+))/y;

  /* One function for each field: a member that is named by a variable is looked up slowly, a million times. */
  const READ = {
    dev: (s) => s.dev, reg: (s) => s.reg, kind: (s) => s.kind, rw: (s) => s.rw, t: (s) => s.t, addr: (s) => s.addr, size: (s) => s.size, value: (s) => s.value,
    cpu: (s) => s.cpu, file: (s) => s.file, host: (s) => s.host, text: (s) => s.text,
  };

  function tokenize(text) {
    const tokens = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.trimEnd().length) {
      const at = TOKEN.lastIndex + /^\s*/.exec(text.slice(TOKEN.lastIndex))[0].length;
      const match = TOKEN.exec(text);
      if (!match) {
        throw { at, message: `"${text.slice(at).trim()[0]}" is not understood here` };
      }
      if (match[2] !== undefined && !match[3]) {
        throw { at, message: "the quotation mark is not closed" };
      }
      const word = match[4];
      const operator = match[1] || { and: "&&", or: "||", not: "!" }[word];
      tokens.push({ at, operator: operator === "=" ? "==" : operator, word: match[2] ?? word, isQuoted: match[2] !== undefined });
    }
    return tokens;
  }

  function parseNumber(field, token) {
    const match = /^(0x[0-9a-f]+|[0-9]*\.?[0-9]+(?:e[0-9]+)?)([a-zµ]*)$/i.exec(token.word);
    const units = field === "t" ? TIME_UNITS : field === "size" || field === "addr" ? SIZE_UNITS : {};
    const unit = match ? match[2].toLowerCase() : "";
    if (!match || (unit && !(unit in units))) {
      const example = field === "t" ? "t<2s" : field === "size" ? "size==4" : `${field}==0x80`;
      throw { at: token.at, message: `"${token.word}" is no ${field === "t" ? "time" : "number"}: ${example}` };
    }
    return Number(match[1]) * (unit ? units[unit] : field === "t" ? 1e9 : 1);
  }

  function glob(pattern) {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".");
    return new RegExp(`^${escaped}$`, "i");
  }

  /* Tests get a subject: {dev, reg, kind, rw, file, host, text} texts, {t, addr, span, size, value, cpu} numbers;
   * undefined is unknown, null does not apply. */
  function textTest(field, operator, token) {
    const wanted = token.word.toLowerCase();
    const pattern = /[*?]/.test(wanted) && !token.isQuoted ? glob(wanted) : null;
    const starts = field === "rw" && wanted.length === 1;
    const isMatch = (value) => {
      const text = value.toLowerCase();
      if (operator === "~") {
        return text.includes(wanted);
      }
      return pattern ? pattern.test(text) : starts ? text.startsWith(wanted) : text === wanted;
    };
    const read = READ[field];
    return (subject) => {
      const value = read(subject);
      if (value === undefined) {
        return MAYBE;
      }
      const found = value !== null && isMatch(value);
      return (operator === "!=" ? !found : found) ? YES : NO;
    };
  }

  function numberTest(field, operator, wanted) {
    const compare = {
      "==": (low, high) => (low <= wanted && wanted <= high ? (low === high ? YES : MAYBE) : NO),
      "!=": (low, high) => (low <= wanted && wanted <= high ? (low === high ? NO : MAYBE) : YES),
      "<": (low, high) => (high < wanted ? YES : low < wanted ? MAYBE : NO),
      "<=": (low, high) => (high <= wanted ? YES : low <= wanted ? MAYBE : NO),
      ">": (low, high) => (low > wanted ? YES : high > wanted ? MAYBE : NO),
      ">=": (low, high) => (low >= wanted ? YES : high >= wanted ? MAYBE : NO),
    }[operator];
    const read = READ[field];
    const isRange = field === "addr";
    return (subject) => {
      const value = read(subject);
      if (value === undefined) {
        return MAYBE;
      }
      return value === null ? NO : compare(value, isRange ? value + subject.span : value);
    };
  }

  function bareTest(word) {
    const wanted = word.toLowerCase();
    const known = ["dev", "reg", "kind", "file", "host"];
    return (subject) => (known.some((field) => (subject[field] || "").toLowerCase().includes(wanted)) ? YES
      : subject.text === undefined ? MAYBE : (subject.text || "").toLowerCase().includes(wanted) ? YES : NO);
  }

  /* or := and {"||" and}; and := one {"&&" one}; one := "!" one | "(" or ")" | FIELD OP VALUE | WORD. */
  class Parser {
    constructor(text) {
      this.text = text;
      this.tokens = tokenize(text);
      this.at = 0;
      this.depth = 0;
      this.fields = new Set();
    }

    fail(message) {
      const token = this.tokens[this.at];
      throw { at: token ? token.at : this.text.length, message };
    }

    accept(operator) {
      const found = this.tokens[this.at] && this.tokens[this.at].operator === operator;
      this.at += found ? 1 : 0;
      return found;
    }

    chain(operator, part, join) {
      let left = part.call(this);
      while (this.accept(operator)) {
        const [a, b] = [left, part.call(this)];
        left = (subject) => join(a(subject), b, subject);
      }
      return left;
    }

    or() {
      return this.chain("||", this.and, (a, test, subject) => {
        const b = a === YES ? YES : test(subject);
        return a > b ? a : b;
      });
    }

    and() {
      return this.chain("&&", this.one, (a, test, subject) => {
        const b = a === NO ? NO : test(subject);
        return a < b ? a : b;
      });
    }

    one() {
      if (++this.depth > 200) {
        this.fail("too deep");
      }
      if (this.accept("!")) {
        const test = this.one();
        return (subject) => YES - test(subject);
      }
      if (this.accept("(")) {
        const test = this.or();
        return this.accept(")") ? test : this.fail("a closing parenthesis is missing");
      }
      const token = this.tokens[this.at];
      if (!token || token.operator) {
        this.fail(token ? `a name is missing before ${token.operator}` : "something is missing at the end");
      }
      this.at++;
      const next = this.tokens[this.at];
      if (!next || !/^([=!<>]=|[<>~])$/.test(next.operator || "")) {
        return this.bare(token, next);
      }
      return this.comparison(token, next.operator);
    }

    bare(token, next) {
      if (next && !next.operator) {
        this.fail(`&& or || is missing before "${next.word}"`);
      }
      this.fields.add("text");
      return bareTest(token.word);
    }

    comparison(token, operator) {
      const field = token.word.toLowerCase();
      if (!(field in FIELDS)) {
        throw { at: token.at, message: `there is no "${token.word}": ${Object.keys(FIELDS).join(", ")}` };
      }
      this.at++;
      const value = this.tokens[this.at];
      if (!value || value.operator) {
        this.fail(`a value is missing behind ${field}${operator}`);
      }
      this.at++;
      this.fields.add(field);
      if (NUMERIC.has(field)) {
        return operator === "~" ? this.fail(`${field} is a number: use ==, <, >`) : numberTest(field, operator, parseNumber(field, value));
      }
      return /[<>]/.test(operator) ? this.fail(`${field} is a text: use ==, !=, ~`) : textTest(field, operator, value);
    }
  }

  /* {test, fields} or {error: {at, message}}; an empty text: null. */
  function compile(text) {
    if (!text.trim()) {
      return null;
    }
    try {
      const parser = new Parser(text);
      const test = parser.or();
      if (parser.at < parser.tokens.length) {
        parser.fail(`"${parser.tokens[parser.at].word || parser.tokens[parser.at].operator}" is too much here`);
      }
      return { test, fields: parser.fields };
    } catch (error) {
      if (error.message === undefined || error.at === undefined) {
        throw error;
      }
      return { error };
    }
  }

  /* What may stand at CARET: {from, items: [{text, hint}]}, FROM being where what is typed of it begins. */
  function complete(text, caret, values) {
    const before = text.slice(0, caret);
    const value = /([a-z]+)\s*(?:==|!=|~|=)\s*("?)([^"&|()<>=!~]*)$/i.exec(before);
    if (value && value[1].toLowerCase() in values) {
      const typed = value[3].toLowerCase();
      const items = values[value[1].toLowerCase()]
        .filter((item) => item.text.toLowerCase().includes(typed) && item.text.toLowerCase() !== typed)
        .map((item) => ({ ...item, text: /^[\w.:*/-]+$/.test(item.text) ? item.text : `"${item.text}"` }));
      return { from: caret - value[3].length - value[2].length, items: items.slice(0, 12) };
    }
    const name = /(?:^|[\s(!&|])([a-z]*)$/i.exec(before);
    if (!name || /[=<>~]\s*$/.test(before)) {
      return { from: caret, items: [] };
    }
    const typed = name[1].toLowerCase();
    const items = Object.entries(FIELDS)
      .filter(([field]) => field.startsWith(typed) && field !== typed)
      .map(([field, hint]) => ({ text: field + (NUMERIC.has(field) && field !== "addr" ? (field === "t" ? "<" : "==") : "=="), hint }));
    return { from: caret - typed.length, items };
  }

  return { compile, complete, FIELDS, NO, MAYBE, YES };
})();
