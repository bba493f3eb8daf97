// What is recorded: a microphone, a tab or a file, kept for two minutes. What browsers do for speech (echo, noise, gain)
// would bend music, so it is switched off. Not every browser connects its microphone to a context of another rate; then
// the context takes the microphone's.
const WORKLET = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process([input]) { if (input.length) this.port.postMessage(input[0].slice()); return true; }
});`;
const SPEECH_AIDS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const FFT = 2048;

class Recorder {
  constructor(rate, kept_s) { Object.assign(this, { rate, kept_s, recorded: 0, sent: 0 }); }

  async open(source, file) {
    if (source === "microphone") this.stream = await navigator.mediaDevices.getUserMedia({ audio: SPEECH_AIDS });
    if (source === "tab") {
      this.stream = await navigator.mediaDevices.getDisplayMedia({ audio: SPEECH_AIDS, video: true });
      if (!this.stream.getAudioTracks().length) throw new Error("the tab was shared without its sound");
    }
    try {
      await this.connect({ sampleRate: this.rate }, file);
    } catch {
      this.context?.close();
      await this.connect({}, file);
    }
  }

  async connect(options, file) {
    this.context = new AudioContext(options);
    const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    await this.context.audioWorklet.addModule(url);
    URL.revokeObjectURL(url);
    this.ring = new Float32Array(this.kept_s * this.context.sampleRate);
    const tap = new AudioWorkletNode(this.context, "tap", { channelCount: 1, channelCountMode: "explicit" });
    tap.port.onmessage = ({ data }) => this.keep(data);
    this.analyser = new AnalyserNode(this.context, { fftSize: FFT, smoothingTimeConstant: 0, maxDecibels: -15 });
    const node = this.stream ? this.context.createMediaStreamSource(this.stream) : this.played(file);
    node.connect(tap);
    node.connect(this.analyser);
    await this.context.resume();
    await this.player?.play();
  }

  played(file) {
    this.player = new Audio(this.address = URL.createObjectURL(file));
    this.player.onended = () => this.onended?.();
    const node = this.context.createMediaElementSource(this.player);
    node.connect(this.context.destination);
    return node;
  }

  keep(block) {
    const start = this.recorded % this.ring.length, first = block.subarray(0, this.ring.length - start);
    this.ring.set(first, start);
    this.ring.set(block.subarray(first.length), 0);
    this.recorded += block.length;
  }

  get recorded_s() { return this.context ? this.recorded / this.context.sampleRate : 0; }

  // What has not been sent yet, as 16 bits in base64; at most what is kept.
  unsent() {
    const n = Math.min(this.recorded - this.sent, this.ring.length), first = this.recorded - n;
    const view = new DataView(new ArrayBuffer(2 * n));
    for (let i = 0; i < n; i++) {
      const x = this.ring[(first + i) % this.ring.length];
      view.setInt16(2 * i, 32767 * Math.max(-1, Math.min(1, x)), true);
    }
    this.sent = this.recorded;
    const bytes = new Uint8Array(view.buffer), parts = [];
    for (let i = 0; i < bytes.length; i += 32768) parts.push(String.fromCharCode(...bytes.subarray(i, i + 32768)));
    return btoa(parts.join(""));
  }

  close() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.player?.pause();
    if (this.address) URL.revokeObjectURL(this.address);
    if (this.context?.state !== "closed") this.context?.close();
  }
}
