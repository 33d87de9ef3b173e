/* SPDX-License-Identifier: BSD-2-Clause */
/* The lanes: each knows its height, draws itself into a range of time, and tells what lies under the pointer. */
"use strict";

const lanes = (() => {
  const ROW = 14;
  const HEAD = 15; /* above the rows of a heat map: its title */
  const FONT = "11px system-ui, sans-serif";
  /* Okabe and Ito's colours, told apart with every kind of colour vision: firmware, boot loader, kernel, user space, login. */
  const PHASES = ["#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#0072b2"];
  const FILES = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#999999"];
  /* ColorBrewer's sequential Blues (reads), Oranges (writes), Purples (neither), from few to many. */
  const RAMPS = {
    light: [["#c6dbef", "#6baed6", "#2171b5", "#08306b"], ["#fdd0a2", "#fd8d3c", "#d94801", "#7f2704"], ["#dadaeb", "#9e9ac8", "#6a51a3", "#3f007d"]],
    dark: [["#14304f", "#2171b5", "#6baed6", "#deebf7"], ["#5a2506", "#c04a06", "#fd8d3c", "#fee6ce"], ["#2f2458", "#6a51a3", "#9e9ac8", "#efedf5"]],
  };
  const SHADES = 64;

  function bytesOf(colour) {
    return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  }

  function packed([r, g, b], alpha = 255) {
    return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0; /* ImageData on little-endian machines */
  }

  function ramp(stops) {
    const parts = stops.map(bytesOf);
    return Uint32Array.from({ length: SHADES }, (_, i) => {
      const at = (i / (SHADES - 1)) * (parts.length - 1);
      const low = Math.min(parts.length - 2, Math.floor(at));
      return packed(parts[low].map((value, c) => Math.round(value + (parts[low + 1][c] - value) * (at - low))));
    });
  }

  /* Colours of the theme in force, as the style sheet has them. */
  function colours(isDark) {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue("--" + name).trim();
    return { text: read("text"), muted: read("muted"), line: read("line"), surface: read("surface"), raised: read("raised"), accent: read("accent"),
      read: read("read"), write: read("write"), ramps: RAMPS[isDark ? "dark" : "light"].map(ramp), isDark };
  }

  /* COUNT events in STEP ns as an index of a ramp: one a second is faint, a million a second full. */
  function shade(count, step) {
    const rate = (count * 1e9) / step;
    return Math.round(core.clamp(0.12 + (0.88 * Math.log10(Math.max(1, rate))) / 6, 0, 1) * (SHADES - 1));
  }

  function label(g, text, left, right, y, colour = g.colours.text) {
    const from = Math.max(left, 0) + 5;
    const room = Math.min(right, g.width) - from - 3;
    if (room < 14) {
      return;
    }
    g.ctx.fillStyle = colour;
    let shown = text;
    if (g.ctx.measureText(text).width > room) {
      let low = 0;
      for (let high = text.length; low < high;) {
        const middle = (low + high + 1) >> 1;
        if (g.ctx.measureText(text.slice(0, middle) + "…").width <= room) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      if (low < 2) {
        return;
      }
      shown = text.slice(0, low) + "…";
    }
    g.ctx.fillText(shown, from, y);
  }

  const phases = (session) => ({
    id: "phases", title: "Phases", height: 24,
    isEmpty: !session.facts.phases.length,
    draw(g) {
      for (const phase of session.facts.phases) {
        const [left, right] = [g.x(phase.t), g.x(phase.end ?? session.end)];
        if (right < 0 || left > g.width) {
          continue;
        }
        const colour = PHASES[phase.id % PHASES.length];
        g.ctx.globalAlpha = g.colours.isDark ? 0.34 : 0.26;
        g.ctx.fillStyle = colour;
        g.ctx.fillRect(left, 0, Math.max(1, right - left - 1), 24);
        g.ctx.globalAlpha = 1;
        g.ctx.fillRect(left, 0, 3, 24);
        label(g, `${phase.name}  ${core.span((phase.end ?? session.end) - phase.t)}`, left + 2, right, 16);
      }
    },
    hit(t) {
      const phase = session.facts.phases.findLast((p) => p.t <= t);
      return phase ? `${phase.name}: ${core.span((phase.end ?? session.end) - phase.t)}, recognised by ${phase.how}` : "";
    },
  });

  const milestones = (session) => ({
    id: "milestones", title: "Milestones", height: 18,
    isEmpty: !session.facts.milestones.length,
    draw(g) {
      const shown = session.facts.milestones.filter((m) => g.x(m.t) > -200 && g.x(m.t) < g.width);
      let last = -Infinity;
      shown.forEach((milestone, i) => {
        const x = g.x(milestone.t);
        if (x - last < 3) {
          return;
        }
        last = x;
        g.ctx.fillStyle = g.colours.accent;
        g.ctx.fillRect(x, 2, 1.5, 14);
        const next = shown.slice(i + 1).find((m) => g.x(m.t) - x >= 3);
        if (x >= 0) {
          label(g, milestone.name, x, next ? g.x(next.t) : g.width, 13, g.colours.muted);
        }
      });
    },
    hit(t, y, near) {
      const found = session.facts.milestones.find((m) => Math.abs(m.t - t) <= near);
      return found ? `${found.name} at ${core.moment(found.t)}` : "";
    },
  });

  const filmstrip = (session, redraw) => {
    const HEIGHT = 54;
    const bitmaps = new Map();
    for (const picture of session.pictures) {
      const image = new Image();
      image.onload = async () => {
        bitmaps.set(picture, await createImageBitmap(image, { resizeHeight: Math.min(image.naturalHeight, HEIGHT * 2), resizeQuality: "medium" }));
        redraw();
      };
      image.src = picture.url;
    }
    return {
      id: "screen", title: "Screen", height: HEIGHT, isEmpty: !session.pictures.length,
      draw(g) {
        let free = -Infinity;
        for (const picture of session.pictures) {
          const x = g.x(picture.t);
          if (x > g.width || x < -150) {
            continue;
          }
          const bitmap = bitmaps.get(picture);
          const width = bitmap ? (bitmap.width / bitmap.height) * (HEIGHT - 6) : 70;
          g.ctx.fillStyle = g.colours.muted;
          g.ctx.fillRect(x, HEIGHT - 4, 1.5, 4);
          if (x < free || !bitmap) {
            continue;
          }
          g.ctx.drawImage(bitmap, x, 1, width, HEIGHT - 6);
          g.ctx.strokeStyle = g.colours.line;
          g.ctx.strokeRect(x + 0.5, 1.5, width - 1, HEIGHT - 7);
          free = x + width + 4;
        }
      },
      hit(t) {
        const picture = session.pictures.findLast((p) => p.t <= t);
        return picture ? `picture of ${core.moment(picture.t)}` : "";
      },
    };
  };

  const serial = (session) => {
    const HEIGHT = 26;
    const t = session.logs.serial.t.filter((value) => !Number.isNaN(value));
    return {
      id: "serial", title: "Serial text", height: HEIGHT, isEmpty: !t.length,
      draw(g) {
        g.ctx.fillStyle = g.colours.accent;
        let first = core.lowerBound(t, g.from);
        for (let x = 0; x < g.width && first < t.length; x++) {
          const next = core.lowerBound(t, g.from + (x + 1) * g.step);
          if (next > first) {
            const height = Math.min(HEIGHT - 3, 4 + 5 * Math.log2(next - first));
            g.ctx.fillRect(x, HEIGHT - 1 - height, 1, height);
          }
          first = next;
        }
      },
      hit(at, y, near) {
        const first = core.lowerBound(t, at - near);
        const number = core.lowerBound(t, at + near) - first;
        return number ? `${core.plural(number, "line")}: ${session.logs.serial.lines[session.logs.serial.t.indexOf(t[first])]}` : "";
      },
    };
  };

  /* Consecutive requests of one file, those that VERDICT (null: all) lets through. */
  function fileRuns(requests, verdict) {
    const runs = [];
    for (let i = 0; i < requests.length; i++) {
      if (verdict && !verdict[i]) {
        continue;
      }
      const last = runs[runs.length - 1];
      const end = requests.t[i] + Math.max(0, requests.took[i]);
      if (last && last.file === requests.file[i] && requests.t[i] - last.end < 1e9) {
        last.end = Math.max(last.end, end);
      } else {
        runs.push({ t: requests.t[i], end, file: requests.file[i] });
      }
    }
    return runs;
  }

  const disk = (session, shared) => {
    const PLOT = 62, STRIP = 15;
    const { requests, facts } = session;
    let runs = fileRuns(requests, null);
    let runsOf = null;
    const longest = requests.took.reduce((most, took) => Math.max(most, took), 0);
    let end = 1;
    for (let i = 0; i < requests.length; i++) {
      end = Math.max(end, requests.off[i] + requests.bytes[i]);
    }
    function paint(g, image) {
      const pixels = new Uint32Array(image.data.buffer);
      const read = g.colours.ramps[0][g.colours.isDark ? 44 : 36];
      const write = g.colours.ramps[1][g.colours.isDark ? 44 : 36];
      const high = image.height - 2;
      for (let i = core.lowerBound(requests.t, g.from - longest); i < requests.length && requests.t[i] <= g.to; i++) {
        if (shared.requestVerdict && !shared.requestVerdict[i]) {
          continue;
        }
        const left = Math.max(0, Math.round(g.x(requests.t[i]) * g.ratio));
        const right = Math.min(image.width, Math.max(left + g.ratio, Math.round(g.x(requests.t[i] + Math.max(0, requests.took[i])) * g.ratio)));
        const bottom = high - Math.floor((requests.off[i] / end) * (high - 1));
        const top = Math.max(0, Math.min(bottom - g.ratio, high - Math.floor(((requests.off[i] + requests.bytes[i]) / end) * (high - 1))));
        for (let y = top; y <= bottom; y++) {
          pixels.fill(requests.drive[i] & 1 ? write : read, y * image.width + left, y * image.width + right);
        }
      }
    }
    return {
      id: "disk", title: "Disk", note: "position", height: PLOT + STRIP, isEmpty: !requests.length,
      draw(g) {
        g.image(0, PLOT, paint);
        if (runsOf !== shared.requestVerdict) {
          runsOf = shared.requestVerdict;
          runs = fileRuns(requests, runsOf);
        }
        let last = -1;
        for (const run of runs) {
          const [left, right] = [g.x(run.t), g.x(run.end)];
          if (run.file < 0 || right < 0 || left > g.width || right < last + 0.5) {
            continue;
          }
          last = Math.max(left + 1, right);
          g.ctx.globalAlpha = g.colours.isDark ? 0.42 : 0.32;
          g.ctx.fillStyle = FILES[run.file % FILES.length];
          g.ctx.fillRect(left, PLOT + 1, last - left, STRIP - 2);
          g.ctx.globalAlpha = 1;
          label(g, facts.files[run.file].path.split("/").pop(), left - 2, last, PLOT + 12);
        }
      },
      hit(t, y, near) {
        const wanted = (1 - y / PLOT) * end;
        let best = -1;
        let bestScore = Infinity;
        for (let i = core.lowerBound(requests.t, t - near - longest); i < requests.length && requests.t[i] <= t + near; i++) {
          const away = Math.max(0, requests.t[i] - t, t - requests.t[i] - Math.max(0, requests.took[i])) / near;
          const score = away + (y < PLOT ? (Math.abs(requests.off[i] - wanted) / end) * 20 : 0);
          if (away <= 1 && score < bestScore && !(shared.requestVerdict && !shared.requestVerdict[i])) {
            [best, bestScore] = [i, score];
          }
        }
        return best < 0 ? "" : describeRequest(session, best);
      },
    };
  };

  function describeRequest(session, i) {
    const { requests, facts } = session;
    const drive = facts.drives[requests.drive[i] >> 1];
    const took = requests.took[i] >= 0 ? `, took ${core.span(requests.took[i])}` : "";
    const joined = requests.joined[i] > 1 ? ` in ${requests.joined[i]} requests` : "";
    const file = requests.file[i] >= 0 ? `, ${facts.files[requests.file[i]].path}` : "";
    return `${drive ? drive.name : "disk"} ${requests.drive[i] & 1 ? "writes" : "reads"} ${core.bytes(requests.bytes[i])}${joined} at ${core.bytes(requests.off[i])}${took}${file}`;
  }

  /* Rows of one group of the pyramid, as a heat map: reads above, writes below in each row. */
  const heat = (group, title, session, shared) => {
    const rows = shared.pyramid.rows.filter((row) => row.group === group);
    let sums = new Float32Array(0);
    function paint(g, image) {
      const pixels = new Uint32Array(image.data.buffer);
      const columns = shared.countColumns(g);
      if (sums.length !== image.width) {
        sums = new Float32Array(image.width);
      }
      const step = g.step / g.ratio;
      const few = Uint8Array.from({ length: 256 }, (_, count) => shade(count, step)); /* most pixels have few events */
      rows.forEach((row, i) => {
        for (const channel of [pyramid.READ, pyramid.WRITE]) {
          if (columns) {
            sums.set(columns.subarray((row.id * 2 + channel) * image.width, (row.id * 2 + channel + 1) * image.width));
          } else {
            shared.pyramid.sample(row.id, channel, g.from, step, sums);
          }
          const shades = g.colours.ramps[row.hasDirections ? channel : 2];
          const isWhole = !row.hasDirections && channel === pyramid.READ;
          for (let x = 0; x < sums.length; x++) {
            if (sums[x] > 0) {
              const sum = sums[x];
              const colour = shades[sum < 256 && Number.isInteger(sum) ? few[sum] : shade(sum, step)];
              pixels[(i * 2 + channel) * image.width + x] = colour;
              if (isWhole) {
                pixels[(i * 2 + 1) * image.width + x] = colour;
              }
            }
          }
        }
      });
    }
    return {
      id: group, title, height: HEAD + rows.length * ROW, isEmpty: !rows.length, rows, rowHeight: ROW, rowsTop: HEAD,
      draw(g) {
        g.image(HEAD, rows.length * ROW, paint, rows.length * 2);
        g.ctx.fillStyle = g.colours.surface;
        for (let i = 0; i <= rows.length; i++) {
          g.ctx.fillRect(0, HEAD + i * ROW - 1, g.width, 2);
        }
      },
      hit(t, y, near) {
        const row = rows[Math.floor((y - HEAD) / ROW)];
        if (!row) {
          return "";
        }
        const [reads, writes] = [pyramid.READ, pyramid.WRITE].map((channel) => {
          const out = new Float32Array(1);
          shared.pyramid.sample(row.id, channel, t - near, near * 2, out);
          return Math.round(out[0]);
        });
        const what = row.hasDirections ? `${core.plural(reads, "read")}, ${core.plural(writes, "write")}` : core.plural(reads + writes, "event");
        return `${row.label}: ${what} in ${core.span(near * 2)}`;
      },
    };
  };

  const network = (session, shared) => {
    const HALF = 18;
    const { packets, facts } = session;
    return {
      id: "network", title: "Network", note: "out / in", height: HALF * 2 + 2, isEmpty: !packets.length,
      draw(g) {
        const sums = [new Float64Array(Math.ceil(g.width)), new Float64Array(Math.ceil(g.width))];
        for (let i = core.lowerBound(packets.t, g.from); i < packets.length && packets.t[i] < g.to; i++) {
          if (!shared.packetVerdict || shared.packetVerdict[i]) {
            sums[packets.fromGuest[i]][Math.floor(g.x(packets.t[i]))] += packets.bytes[i];
          }
        }
        g.ctx.fillStyle = g.colours.line;
        g.ctx.fillRect(0, HALF, g.width, 1);
        for (let x = 0; x < g.width; x++) {
          const [inwards, outwards] = sums.map((sum) => (sum[x] ? Math.min(HALF - 1, 2 + 3 * Math.log10(sum[x])) : 0));
          g.ctx.fillStyle = g.colours.write;
          g.ctx.fillRect(x, HALF - outwards, 1, outwards);
          g.ctx.fillStyle = g.colours.read;
          g.ctx.fillRect(x, HALF + 1, 1, inwards);
        }
      },
      hit(t, y, near) {
        const first = core.lowerBound(packets.t, t - near);
        const last = core.lowerBound(packets.t, t + near);
        if (first === last) {
          return "";
        }
        const names = new Set();
        let sum = 0;
        for (let i = first; i < last; i++) {
          const host = facts.hosts[packets.host[i]];
          sum += packets.bytes[i];
          names.add(host ? host.name || host.address : "broadcast");
        }
        return `${core.bytes(sum)} with ${[...names].slice(0, 4).join(", ")}`;
      },
    };
  };

  const quiet = (session) => ({
    id: "quiet", title: "Waiting", height: 18, isEmpty: !session.facts.gaps.length,
    draw(g) {
      for (const gap of session.facts.gaps) {
        const [left, right] = [g.x(gap.t), g.x(gap.end)];
        if (right < 0 || left > g.width) {
          continue;
        }
        g.ctx.fillStyle = g.colours.raised;
        g.ctx.fillRect(left, 1, Math.max(1, right - left), 16);
        g.ctx.strokeStyle = g.colours.line;
        g.ctx.strokeRect(left + 0.5, 1.5, Math.max(1, right - left) - 1, 15);
        label(g, `${core.span(gap.end - gap.t)}: ${gap.waiting}`, left, right, 13, g.colours.muted);
      }
    },
    hit(t) {
      const gap = session.facts.gaps.find((g) => g.t <= t && t <= g.end);
      return gap ? `nothing happened for ${core.span(gap.end - gap.t)}; waiting for ${gap.waiting}` : "";
    },
  });

  /* All lanes that have something to show, from top to bottom. */
  function make(session, shared, redraw) {
    return [phases(session), milestones(session), quiet(session), filmstrip(session, redraw), serial(session), disk(session, shared),
      heat("devices", "Devices", session, shared), heat("exits", "Exits", session, shared), network(session, shared)].filter((lane) => !lane.isEmpty);
  }

  return { make, colours, describeRequest, FONT, PHASES, RAMPS };
})();
