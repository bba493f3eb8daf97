// What is drawn, one lane above the other. A lane has a height (px), labels for the margin, and
//   draw(g, view)        the part of it from view.from to view.to (s), at view.px pixels a second, its top at 0
//   at(time, y)          what lies under the pointer, in words
//   value(time)          what holds at a moment, in words

const BEAT_PX = 14, ROW_PX = 13, TEMPO_PX = 64, AXIS_PX = 20, TICK_PX = 64, LABEL_PX = 12, LEAST_GAP_PX = 3;
const SAME_S = 0.05;  // a beat so near is at the same moment
const TICKS_HZ = [125, 250, 500, 1000, 2000, 4000, 8000];
const TICKS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800];

const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const percent = (p) => (p < 0.01 ? "below 1 %" : `${Math.round(100 * p)} %`);
const hertz = (hz) => (hz < 1000 ? `${Math.round(hz)} Hz` : `${Number((hz / 1000).toFixed(1))} kHz`);

function clock(seconds, digits = 1) {
  const unit = 10 ** digits, whole = Math.round(seconds * unit), minutes = Math.floor(whole / (60 * unit));
  return `${minutes}:${(whole / unit - 60 * minutes).toFixed(digits).padStart(digits ? 3 + digits : 2, "0")}`;
}

// Index of the first of ascending numbers that is not below x.
function firstFrom(numbers, x) {
  let low = 0, high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < x) low = middle + 1; else high = middle;
  }
  return low;
}

function nearest(numbers, x) {
  const after = firstFrom(numbers, x), before = Math.max(0, after - 1);
  return after < numbers.length && numbers[after] - x < x - numbers[before] ? after : before;
}

class Spectrogram {
  constructor({ levels, bands, columns, column_s, hz, low, high, colours }, height) {
    Object.assign(this, { levels: bytes(levels), bands, columns, column_s, hz, low, high, height });
    const image = new ImageData(columns, bands), pixels = new Uint32Array(image.data.buffer), rgb = bytes(colours);
    const colour = Uint32Array.from({ length: 256 }, (_, i) =>
      (255 << 24) | (rgb[3 * i + 2] << 16) | (rgb[3 * i + 1] << 8) | rgb[3 * i]);
    for (let band = 0; band < bands; band++) {
      const row = (bands - 1 - band) * columns;
      for (let x = 0; x < columns; x++) pixels[row + x] = colour[this.levels[band * columns + x]];
    }
    this.bitmap = new OffscreenCanvas(columns, bands);
    this.bitmap.getContext("2d").putImageData(image, 0, 0);
    this.labels = TICKS_HZ.filter((tick) => tick >= hz[0] && tick <= hz.at(-1)).map((tick) => {
      const above = Math.max(1, firstFrom(hz, tick)), below = above - 1;
      const band = below + (tick - hz[below]) / (hz[above] - hz[below]);
      return { y: height * (1 - (band + 0.5) / bands), text: hertz(tick) };
    }).filter(({ y }, i, all) => i === 0 || i === all.length - 1 || all[i - 1].y - y >= LABEL_PX);
  }

  draw(g, { from, to, px }) {
    const first = from / this.column_s, n = Math.min(to / this.column_s, this.columns) - first;
    if (n <= 0) return;
    g.imageSmoothingQuality = "high";
    g.drawImage(this.bitmap, first, 0, n, this.bands, 0, 0, n * this.column_s * px, this.height);
  }

  at(time, y) {
    const band = clamp(Math.floor((1 - y / this.height) * this.bands), 0, this.bands - 1);
    const column = Math.floor(time / this.column_s);
    if (column >= this.columns) return "";
    const value = this.low + (this.high - this.low) * this.levels[band * this.columns + column] / 255;
    return `${hertz(this.hz[band])}: ${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)} SD`;
  }

  value() { return ""; }
}

class Wave {
  labels = [];

  constructor({ lows, highs, column_s, mark_s }, height) {
    Object.assign(this, { lows: new Int8Array(bytes(lows).buffer), highs: new Int8Array(bytes(highs).buffer) });
    Object.assign(this, { column_s, mark_s, height });
  }

  draw(g, { from, to, px, blue, orange }) {
    const first = Math.floor(from / this.column_s), last = Math.min(this.lows.length, Math.ceil(to / this.column_s));
    const x = (i) => (i * this.column_s - from) * px, y = (level) => this.height / 2 * (1 - level / 127);
    g.beginPath();
    for (let i = first; i < last; i++) g.lineTo(x(i), y(this.highs[i]) - 0.5);
    for (let i = last - 1; i >= first; i--) g.lineTo(x(i), y(this.lows[i]) + 0.5);
    g.fillStyle = blue;
    g.fill();
    g.fillStyle = orange;
    g.fillRect((this.mark_s - from) * px - 1, 0, 2, this.height);
  }

  at() { return ""; }

  value() { return ""; }
}

class Beats {
  height = BEAT_PX;

  constructor(kind, times) {
    Object.assign(this, { kind, times, labels: [{ y: BEAT_PX / 2, text: kind }] });
  }

  // Annotated beats are triangles that point down at the picture, predicted ones bars that stand below it.
  draw(g, { from, to, px, blue, orange }) {
    const first = firstFrom(this.times, from - 1), last = firstFrom(this.times, to + 1);
    const gap = px * (this.times[last - 1] - this.times[first]) / Math.max(1, last - 1 - first);
    const half = clamp(gap / 2 - 1, 1, 4.5);
    g.fillStyle = this.kind === "predicted" ? blue : orange;
    g.globalAlpha = clamp(gap / LEAST_GAP_PX || 1, 0.3, 1);  // a band of those that cannot be told apart
    g.beginPath();
    for (const time of this.times.slice(first, last)) {
      const x = (time - from) * px;
      if (this.kind === "predicted") { g.rect(x - Math.min(half, 2) / 2, 2, Math.min(half, 2), BEAT_PX - 3); continue; }
      g.moveTo(x - half, 3);
      g.lineTo(x + half, 3);
      g.lineTo(x, BEAT_PX - 1);
    }
    g.fill();
  }

  at(time) {
    const i = nearest(this.times, time);
    return `${this.kind} beat ${i + 1} at ${clock(this.times[i], 2)}`;
  }

  value(time) {
    return Math.abs(this.times[nearest(this.times, time)] - time) <= SAME_S ? `${this.kind} beat` : "";
  }
}

class Genres {
  constructor({ names, edges_s, probs }) {
    Object.assign(this, { names, edges_s, probs, height: ROW_PX * names.length + 4 });
    this.labels = names.map((text, row) => ({ y: 4 + (row + 0.5) * ROW_PX, text }));
  }

  window(time) {
    return this.probs[clamp(firstFrom(this.edges_s, time + 1e-9) - 1, 0, this.probs.length - 1)];
  }

  // The stronger the colour the more probable; the most probable genre is underlined.
  draw(g, { from, to, px, width, blue, line }) {
    g.fillStyle = line;
    this.names.forEach((_, row) => g.fillRect(0, 4 + (row + 1) * ROW_PX - 1, width, 0.5));
    g.fillStyle = blue;
    this.probs.forEach((probs, i) => {
      const start = this.edges_s[i], stop = this.edges_s[i + 1];
      if (stop < from || start > to) return;
      const x = (start - from) * px, wide = (stop - start) * px, top = probs.indexOf(Math.max(...probs));
      probs.forEach((p, row) => {
        g.globalAlpha = p ** 0.65;
        g.fillRect(x, 4 + row * ROW_PX, wide, ROW_PX - 1);
      });
      g.globalAlpha = 1;
      g.fillRect(x, 4 + (top + 1) * ROW_PX - 3, wide, 2);
    });
  }

  at(time, y) {
    const row = clamp(Math.floor((y - 4) / ROW_PX), 0, this.names.length - 1);
    return `${this.names[row]} ${percent(this.window(time)[row])}`;
  }

  value(time) {
    const probs = this.window(time), top = probs.indexOf(Math.max(...probs));
    return `${this.names[top]} ${percent(probs[top])}`;
  }
}

class Tempo {
  height = TEMPO_PX;

  constructor({ pieces, parts, low_bpm, high_bpm }) {
    Object.assign(this, { pieces, parts, low_bpm, high_bpm });
    this.labels = [[high_bpm, 12], [low_bpm, TEMPO_PX - 8]].map(([bpm, y]) => ({ y, text: `${Math.round(bpm)} BPM` }));
  }

  y(bpm) {
    return 8 + (TEMPO_PX - 12) * (this.high_bpm - bpm) / (this.high_bpm - this.low_bpm);
  }

  draw(g, { from, to, px, blue, orange, grey }) {
    const x = (time) => (time - from) * px;
    g.lineWidth = 1.5;
    g.setLineDash([2, 3]);
    g.strokeStyle = grey;
    g.beginPath();
    for (const [start, stop, bpm] of this.parts) { g.moveTo(x(start), this.y(bpm)); g.lineTo(x(stop), this.y(bpm)); }
    g.stroke();
    g.setLineDash([5, 3]);
    g.strokeStyle = orange;
    g.beginPath();
    for (const [start] of this.parts.slice(1)) { g.moveTo(x(start), 4); g.lineTo(x(start), TEMPO_PX); }
    g.stroke();
    g.setLineDash([]);
    g.strokeStyle = blue;
    g.beginPath();
    for (const [times, tempi] of this.pieces) {
      const first = Math.max(0, firstFrom(times, from) - 1), last = Math.min(times.length, firstFrom(times, to) + 1);
      for (let i = first; i < last; i++) {
        if (i === first) g.moveTo(x(times[i]), this.y(tempi[i])); else g.lineTo(x(times[i]), this.y(tempi[i]));
      }
    }
    g.stroke();
  }

  at() { return ""; }

  value(time) {
    const piece = this.pieces.find(([times]) => time >= times[0] && time <= times.at(-1));
    return piece ? `${piece[1][nearest(piece[0], time)].toFixed(1)} BPM` : "";
  }
}

class Axis {
  height = AXIS_PX;
  labels = [{ y: AXIS_PX / 2 + 2, text: "min : s" }];

  draw(g, { from, to, px, width, text, font }) {
    const step = TICKS_S.find((tick) => tick * px >= TICK_PX) ?? TICKS_S.at(-1);
    g.fillStyle = text;
    g.font = font;
    g.textBaseline = "middle";
    for (let i = Math.ceil(from / step); i * step <= to; i++) {
      const x = (i * step - from) * px, label = clock(i * step, step < 1 ? 1 : 0);
      const half = g.measureText(label).width / 2;
      g.fillRect(x - 0.5, 0, 1, 5);
      g.fillText(label, clamp(x, half, width - half) - half, AXIS_PX / 2 + 3);
    }
  }

  at() { return ""; }

  value() { return ""; }
}
