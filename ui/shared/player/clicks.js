// Clicks on beats, made by the browser on its audio clock a second ahead: switching them never stops the music.

const TICK_MS = 50, AHEAD_S = 1.2, JUMP_S = 0.05;  // hidden tabs tick once a second
const CLICK_S = 0.06, DECAY_S = 0.012, PEAK = 0.5;
const PITCH_HZ = { predicted: 1760, annotated: 880 };  // an octave apart: which is which is heard at once

function click(context, pitch) {
  const buffer = context.createBuffer(1, Math.round(CLICK_S * context.sampleRate), context.sampleRate);
  const samples = buffer.getChannelData(0);
  for (let i = 0; i < samples.length; i++) {
    const t = i / context.sampleRate;
    samples[i] = PEAK * Math.sin(2 * Math.PI * pitch * t) * Math.exp(-t / DECAY_S);
  }
  return buffer;
}

class Clicker {
  on = new Set();
  placed = [];
  until = {};

  // `music` gives the audio element, where there is one.
  constructor(music) {
    this.music = music;
  }

  toggle(kind) {
    if (!this.on.delete(kind)) this.on.add(kind);
    if (!this.context) {
      this.context = new AudioContext();
      this.volume = this.context.createGain();
      this.volume.connect(this.context.destination);
      this.clicks = Object.fromEntries(Object.entries(PITCH_HZ).map(([k, hz]) => [k, click(this.context, hz)]));
      this.timer = setInterval(() => this.tick(), TICK_MS);
    }
    this.context.resume();
    this.silence();
    this.tick();
    return this.on.has(kind);
  }

  silence() {
    this.placed.forEach((source) => source.stop());
    this.placed = [];
    this.until = {};
  }

  // The moment of the audio clock that is being heard; some browsers say so, others only how far behind they are.
  heard_s() {
    const { contextTime, performanceTime } = this.context.getOutputTimestamp?.() ?? {};
    if (contextTime > 0) return contextTime + (performance.now() - performanceTime) / 1000;
    return this.context.currentTime - (this.context.outputLatency || this.context.baseLatency || 0);
  }

  tick() {
    const music = this.music();
    if (!music || music.paused || music.ended || music.seeking || music.readyState < 3) return this.silence();
    this.volume.gain.value = music.muted ? 0 : music.volume;
    const rate = music.playbackRate, start = this.heard_s() - music.currentTime / rate;
    const key = `${music.currentSrc} ${rate}`;
    if (key !== this.key || Math.abs(start - this.start) > JUMP_S) this.silence();
    this.key = key;
    this.start = start;
    for (const kind of this.on) this.place(kind, (beat) => start + beat / rate);
  }

  place(kind, at) {
    const now = this.context.currentTime;
    for (const beat of this.beats[kind]) {
      const when = at(beat);
      if (when < now || beat <= (this.until[kind] ?? -1)) continue;
      if (when > now + AHEAD_S) break;
      const source = new AudioBufferSourceNode(this.context, { buffer: this.clicks[kind] });
      source.connect(this.volume);
      source.onended = () => { this.placed = this.placed.filter((other) => other !== source); };
      source.start(when);
      this.placed.push(source);
      this.until[kind] = beat;
    }
  }

  close() {
    clearInterval(this.timer);
    this.context?.close();
  }
}
