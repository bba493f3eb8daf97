const PATIENCE_MS = 20000, RIBBON_S = 60, LOOK_MS = 100, BANDS = 64;
const LOWEST_HZ = 50, HIGHEST_HZ = 8000, PULSE = 6;
const LATENCY_S = { webrtc: 0.2, page: 0.05 };  // of a sound on its way to the server
const mel = (hz) => 2595 * Math.log10(1 + hz / 700), hertz = (m) => 700 * (10 ** (m / 2595) - 1);

// The last ten seconds scroll by, a column for every frame that the browser draws.
class Picture {
  constructor(canvas, seconds) { Object.assign(this, { canvas, seconds, rest: 0 }); }

  // Sized and coloured as the page is now; what was drawn is stretched, in other colours it is gone.
  fit() {
    const { width, height } = this.canvas.getBoundingClientRect(), sharp = devicePixelRatio;
    const size = [Math.round(width * sharp), Math.round(height * sharp)];
    const style = getComputedStyle(this.canvas);
    const look = style.getPropertyValue("--st-background-color") + style.getPropertyValue("--st-chart-sequential-colors");
    if (this.canvas.width === size[0] && this.canvas.height === size[1] && this.look === look) return;
    const before = this.look === look && document.createElement("canvas");
    if (before) {
      [before.width, before.height] = [this.canvas.width, this.canvas.height];
      before.getContext("2d").drawImage(this.canvas, 0, 0);
    }
    [this.canvas.width, this.canvas.height] = size;
    this.look = look;
    this.context = this.canvas.getContext("2d");
    const colors = style.getPropertyValue("--st-chart-sequential-colors").match(/#[0-9a-f]{6}/gi);
    this.colors = Array.from({ length: 256 }, (_, i) => colors?.[Math.floor((i / 256) * colors.length)] ?? `rgb(${i},${i},${i})`);
    this.context.fillStyle = this.colors[0];
    this.context.fillRect(0, 0, ...size);
    if (before) this.context.drawImage(before, 0, 0, ...size);
  }

  draw(analyser, passed_s) {
    this.fit();
    const { width, height } = this.canvas, n = analyser.frequencyBinCount;
    this.bins ??= new Uint8Array(n);
    analyser.getByteFrequencyData(this.bins);
    this.rest += (passed_s * width) / this.seconds;
    const step = Math.min(width, Math.floor(this.rest));
    if (!step) return;
    this.rest -= step;
    this.context.drawImage(this.canvas, -step, 0);
    const top = mel(Math.min(HIGHEST_HZ, analyser.context.sampleRate / 2)), bottom = mel(LOWEST_HZ);
    const bin = (band) => (hertz(bottom + ((top - bottom) * band) / BANDS) / analyser.context.sampleRate) * 2 * n;
    for (let band = 0; band < BANDS; band++) {
      const from = Math.floor(bin(band)), to = Math.min(n, Math.max(from + 1, Math.ceil(bin(band + 1))));
      let loudest = 0;
      for (let i = from; i < to; i++) loudest = Math.max(loudest, this.bins[i]);
      this.context.fillStyle = this.colors[loudest];
      const y = Math.round(height * (1 - (band + 1) / BANDS));
      this.context.fillRect(width - step, y, step, Math.ceil(height / BANDS));
    }
  }
}

class Stage {
  constructor(root) {
    this.root = root;
    const one = (name) => root.querySelector(name);
    Object.assign(this, {
      source: one("select"), go: one(".go"), full: one(".full"), ring: one(".ring"), state: one(".state"),
      file: one("input"), note: one(".note"), bars: one(".bars"), ribbon: one(".ribbon"), disc: one(".disc"),
      genre: one(".genre"), tempo: one(".tempo"), chunks: 0, past: [],
    });
    this.go.onclick = () => (this.recorder ? this.stop() : this.start());
    this.full.onclick = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen());
    root.onfullscreenchange = () => this.full.setAttribute("aria-pressed", Boolean(document.fullscreenElement));
    this.file.onchange = () => this.file.files[0] && this.listen(this.file.files[0]);
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    if (!root.requestFullscreen) this.full.hidden = true;
  }

  // Called at every run of the page's script.
  show(data, tell) {
    Object.assign(this, { data, tell });
    this.picture ??= new Picture(this.root.querySelector("canvas"), data.seconds);
    if (!this.bars.children.length) this.rows(data.genres);
    this.note.textContent = data.note;
    if (data.answer && data.answer.number !== this.shown) this.answer(data.answer);
    if (!this.recorder) this.root.classList.toggle("rests", data.rests);
    if (!this.shown) this.grey();
  }

  rows(genres) {
    this.bars.replaceChildren(...genres.map((genre) => {
      const row = document.createElement("li");
      row.innerHTML = '<span></span><div class="track"><div class="fill"></div></div><span class="share">–</span>';
      row.firstChild.textContent = genre;
      return row;
    }));
  }

  start() {
    if (this.source.value === "file") this.file.click();
    else this.listen();
  }

  async listen(file) {
    const recorder = new Recorder(this.data.rate, this.data.kept), source = this.source.value;
    this.file.value = "";
    try {
      await recorder.open(source, file);
    } catch (error) {
      recorder.close();
      const what = { microphone: "The microphone", tab: "The sound of a tab", file: "The file" }[source];
      const cure = source === "file" ? "Choose another." : "Allow it for this page and try again.";
      this.state.textContent = `${what} cannot be used: ${error.message}. ${cure}`;
      return;
    }
    Object.assign(this, { recorder, past: [], sentAt: 0, shown: null, answered: null, frame: performance.now() });
    recorder.onended = () => this.stop();
    recorder.stream?.getAudioTracks().forEach((track) => (track.onended = () => this.stop()));
    this.root.classList.remove("rests");
    this.go.textContent = "Stop";
    this.source.disabled = true;
    this.grey();
    this.take = Date.now();  // another one at every start, even of the page
    this.tell("listening", { number: this.take, source });
    this.timer = setInterval(() => this.look(), LOOK_MS);
    requestAnimationFrame((now) => this.tick(now));
  }

  stop() {
    clearInterval(this.timer);
    if (this.data.send) this.send();
    this.recorder.close();
    this.recorder = null;
    this.go.textContent = "Start listening";
    this.source.disabled = false;
    this.state.textContent = "";
    this.disc.style.removeProperty("--beat");
    this.tell("listening", null);
  }

  look() {
    const recorded_s = this.recorder.recorded_s, { seconds, send, answered, every_ms } = this.data;
    const words = recorded_s >= seconds ? `Listening, the last ${seconds} s` : `Listening, ${Math.floor(recorded_s)} of ${seconds} s`;
    if (this.state.textContent !== words) this.state.textContent = words;
    this.ring.style.setProperty("--recorded", Math.min(1, recorded_s / seconds));
    this.ring.ariaValueMax = seconds;
    this.ring.ariaValueNow = Math.min(seconds, Math.floor(recorded_s));
    const ago_ms = Date.now() - this.sentAt;
    if (send && ago_ms >= (answered < this.chunks ? PATIENCE_MS : every_ms)) this.send();
  }

  send() {
    this.sentAt = Date.now();
    this.tell("clip", { take: this.take, number: ++this.chunks, rate: this.recorder.context.sampleRate, pcm: this.recorder.unsent() });
  }

  tick(now) {
    if (!this.recorder || !this.root.isConnected) return;
    const passed_s = Math.min(1, (now - this.frame) / 1000);
    if (!this.still.matches || passed_s > 0.5) { this.picture.draw(this.recorder.analyser, passed_s); this.frame = now; }
    const { bpm, beat_s } = this.answered ?? {};
    if (bpm && !this.still.matches) {
      const phase = (((now / 1000 - beat_s) * bpm) / 60) % 1;
      this.disc.style.setProperty("--beat", (0.6 + 0.4 * Math.exp(-PULSE * ((phase + 1) % 1))).toFixed(3));
    }
    requestAnimationFrame((next) => this.tick(next));
  }

  answer(answer) {
    this.shown = answer.number;
    this.root.classList.remove("waiting");
    const beat_s = performance.now() / 1000 - answer.ago_s - LATENCY_S[this.data.transport] + answer.last_beat_s;
    this.answered = { ...answer, beat_s };
    this.word(this.genre, answer.genre, answer.confidence, answer.genre_words);
    this.word(this.tempo, answer.tempo, answer.tempo_confidence, answer.tempo_words);
    this.disc.hidden = !answer.bpm;
    const most = Math.max(...answer.probs);
    [...this.bars.children].forEach((row, i) => {
      row.querySelector(".fill").style.setProperty("--share", answer.probs[i]);
      row.querySelector(".share").textContent = answer.shares[i];
      row.classList.toggle("first", answer.probs[i] === most);
    });
    if (this.recorder) this.past.push({ at: this.recorder.recorded_s, genre: answer.fits ? answer.genre : "no genre" });
    this.history();
  }

  grey() {
    this.root.classList.add("waiting");
    const wait = `The genre appears after ${this.data.seconds} seconds.`;
    this.word(this.genre, "…", "", wait);
    this.word(this.tempo, "…", "", "");
    this.disc.hidden = true;
    this.ribbon.replaceChildren();
  }

  // The new word comes while the old one leaves.
  word(box, text, beside, below) {
    const head = box.querySelector("h2"), old = head.querySelector(".new");
    box.querySelector("p").textContent = below;
    if (old?.dataset.text === text) { old.querySelector("small").textContent = beside; return; }
    const word = document.createElement("span"), small = document.createElement("small");
    word.className = "new";
    word.dataset.text = text;
    small.textContent = beside;
    word.append(`${text} `, small);
    head.replaceChildren(word);
    if (!old || this.still.matches) return;
    old.className = "old";
    old.ariaHidden = "true";
    old.onanimationend = () => old.remove();
    head.append(old);
  }

  history() {
    const now = this.past.at(-1)?.at ?? 0, from = Math.max(0, now - RIBBON_S), runs = [];
    this.past = this.past.filter(({ at }) => at >= from);
    for (const { at, genre } of this.past) {
      if (runs.at(-1)?.genre === genre) runs.at(-1).to = at;
      else runs.push({ genre, from: runs.at(-1)?.to ?? from, to: at });
    }
    const { genres } = this.data;
    const colors = getComputedStyle(this.root).getPropertyValue("--st-chart-categorical-colors").match(/#[0-9a-f]{6}/gi) ?? [];
    this.ribbon.replaceChildren(...runs.map((run) => {
      const block = document.createElement("span");
      block.textContent = block.title = run.genre;
      const color = colors[genres.indexOf(run.genre)] ?? "var(--st-border-color)";
      const place = (s) => `${(100 * (s - from)) / Math.max(RIBBON_S, now - from)}%`;
      block.style.cssText = `left: ${place(run.from)}; width: calc(${place(run.to)} - ${place(run.from)});
        --color: ${color}`;
      return block;
    }));
    const told = runs.map((run) => `${run.genre} until ${Math.round(now - run.to)} s ago`).join(", ");
    this.ribbon.ariaLabel = `Genres of the last minute: ${told || "none yet"}`;
  }
}

export default function ({ parentElement, setStateValue, data }) {
  const root = parentElement.querySelector(".stage");
  root.stage ??= new Stage(root);
  root.stage.show(data, setStateValue);
  // Drawing anew ends one call of this function and begins another; only a stage that has left the page stops.
  return () => setTimeout(() => {
    if (!root.isConnected && root.stage.recorder) { clearInterval(root.stage.timer); root.stage.recorder.close(); root.stage.recorder = null; }
  }, 1000);
}
