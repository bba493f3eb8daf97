// The player: one clock, that of the audio element, for sound, picture and playhead. Nothing here asks the server.

const ICONS = {
  play: "M8 5v14l11-7z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  sound: "M3 9v6h4l5 5V4L7 9zM16.5 12a4.5 4.5 0 0 0-2.5-4v8a4.5 4.5 0 0 0 2.5-4z",
  muted: "M3 9v6h4l5 5V4L7 9zM21 9l-1.4-1.4L17 10.2 14.4 7.6 13 9l2.6 2.6L13 14.2l1.4 1.4 2.6-2.6 2.6 2.6 1.4-1.4-2.6-2.6z",
};
const SPEEDS = [1, 0.75, 0.5], STEP_S = 5, SHORT_S = 1;
const KINDS = ["predicted", "annotated"];
const MEDIA_EVENTS = ["play", "pause", "ended", "seeking", "seeked", "volumechange", "ratechange", "loadedmetadata"];

class Player {
  time = 0;
  speed = 1;

  constructor(box) {
    this.box = box;
    this.view = new View(box);
    this.clicker = new Clicker(() => this.music());
    this.buttons = {};
    for (const each of box.querySelectorAll("button")) this.buttons[each.dataset.do ?? each.dataset.kind] = each;
    this.listen();
  }

  listen() {
    const { play, mute, speed } = this.buttons, { track } = this.view;
    play.onclick = () => this.toggle();
    mute.onclick = () => this.mute();
    speed.onclick = () => this.setSpeed(SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length]);
    this.buttons.in.onclick = () => this.zoom(2);
    this.buttons.out.onclick = () => this.zoom(0.5);
    for (const kind of KINDS) this.buttons[kind].onclick = () => this.clicks(kind);
    this.box.onkeydown = (event) => this.key(event);
    track.onpointerdown = (event) => {
      if (event.button) return;
      track.setPointerCapture(event.pointerId);
      this.point(event);
    };
    track.onpointermove = (event) => this.point(event);
    track.onpointerleave = () => { this.pointed = null; this.read(); };
    this.left = new AbortController();
    const onMedia = ({ type, target }) => { if (target === this.music()) this.follow(type); };
    const options = { capture: true, signal: this.left.signal };  // media events do not bubble
    for (const type of MEDIA_EVENTS) document.addEventListener(type, onMedia, options);
  }

  close() {
    this.left.abort();
    this.view.close();
    this.clicker.close();
  }

  // Called on each rerun: the place is kept as long as it is the same sound.
  show(data) {
    if (data.label !== this.data?.label) {
      this.time = this.view.time = 0;
      this.view.zoom = 1;
    }
    const { picture, height, beats, genres, tempo, duration_s } = data;
    if (JSON.stringify(picture) !== JSON.stringify(this.data?.picture)) {
      this.picture = picture.levels ? new Spectrogram(picture, height) : new Wave(picture, height);
      this.explain(picture);
    }
    this.data = data;
    this.clicker.silence();
    this.clicker.beats = beats;
    this.dress();
    this.view.show([
      beats.annotated.length && new Beats("annotated", beats.annotated), this.picture,
      beats.predicted.length && new Beats("predicted", beats.predicted),
      genres && new Genres(genres), tempo && new Tempo(tempo), new Axis(),
    ].filter(Boolean), duration_s);
    this.zoom(1);
    this.follow("loadedmetadata");
  }

  dress() {
    const { label, alt, silent, level, beats, duration_s } = this.data, { play, mute, speed, predicted } = this.buttons;
    this.box.setAttribute("aria-label", label);
    this.box.querySelector(".figure").setAttribute("aria-label", alt);
    this.view.track.setAttribute("aria-valuemax", duration_s.toFixed(1));
    this.box.querySelector(".why").textContent = silent;
    play.disabled = mute.hidden = speed.hidden = this.box.querySelector(".speed").hidden = Boolean(silent);
    for (const kind of KINDS) this.buttons[kind].hidden = !beats[kind].length;
    this.box.querySelector(".clicks").hidden = Boolean(silent) || !KINDS.some((kind) => beats[kind].length);
    predicted.textContent = `Predicted${level}`;
    predicted.setAttribute("aria-label", `Predicted beats${level}`);
  }

  // What the colours mean.
  explain({ low, high, colours }) {
    const legend = this.box.querySelector(".legend"), [left, bar, right] = legend.children;
    legend.hidden = !colours;
    if (!colours) return;
    left.textContent = `−${-low}`;
    right.textContent = `${high} SD`;
    const rgb = bytes(colours), image = new ImageData(256, 1);
    for (let i = 0; i < 256; i++) image.data.set([...rgb.subarray(3 * i, 3 * i + 3), 255], 4 * i);
    bar.getContext("2d").putImageData(image, 0, 0);
  }

  // The sound

  music() {
    if (this.data.silent) return null;
    const inside = `.st-key-${CSS.escape(this.data.player)} audio`;
    if (!this.audio?.isConnected || !this.audio.matches(inside)) this.audio = document.querySelector(inside);
    return this.audio;
  }

  toggle() {
    const music = this.music();
    if (music && !music.paused) music.pause();
    else if (music) { this.view.reveal(); music.play(); }
  }

  mute() {
    const music = this.music();
    if (music) music.muted = !music.muted;
  }

  clicks(kind) {
    this.buttons[kind].setAttribute("aria-pressed", this.clicker.toggle(kind));
  }

  setSpeed(speed) {
    const music = this.music(), button = this.buttons.speed;
    this.speed = speed;
    button.textContent = `${100 * speed} %`;
    button.setAttribute("aria-label", `Speed ${100 * speed} %`);
    button.classList.toggle("slow", speed < 1);
    if (music && music.playbackRate !== speed) Object.assign(music, { playbackRate: speed, preservesPitch: true });
  }

  seek(time) {
    const music = this.music();
    this.time = clamp(time, 0, this.data.duration_s);
    if (music) music.currentTime = this.time;
    this.place();
    this.view.reveal();
  }

  follow(type) {
    const music = this.music(), isPlaying = Boolean(music) && !music.paused && !music.ended;
    if (type === "loadedmetadata") this.setSpeed(this.speed);  // a new source begins at full speed
    const { play, mute } = this.buttons;
    play.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    play.title = isPlaying ? "Pause (space)" : "Play (space)";
    play.querySelector("path").setAttribute("d", isPlaying ? ICONS.pause : ICONS.play);
    mute.setAttribute("aria-pressed", Boolean(music?.muted));
    mute.querySelector("path").setAttribute("d", music?.muted ? ICONS.muted : ICONS.sound);
    cancelAnimationFrame(this.next);
    const frame = () => {
      if (!this.box.isConnected) return;
      this.place();
      if (isPlaying) this.next = requestAnimationFrame(frame);
    };
    frame();
  }

  // The picture and its words

  zoom(factor) {
    this.view.setZoom(this.view.zoom * factor);
    this.buttons.in.disabled = !this.view.canZoom(this.view.zoom * 2);
    this.buttons.out.disabled = this.view.zoom === 1;
  }

  place() {
    const music = this.music(), end_s = this.data.duration_s;
    if (music) this.time = Math.min(music.currentTime, end_s);
    this.view.place(this.time);
    const words = `${clock(this.time)} / ${clock(end_s, 0)}`, isPlaying = music && !music.paused;
    if (isPlaying && words === this.words) return;
    this.words = words;
    this.box.querySelector(".time").textContent = words;
    if (!this.pointed) this.read();
    const second = Math.floor(this.time);
    if (isPlaying && second === this.said) return;
    this.said = second;
    this.view.track.setAttribute("aria-valuenow", this.time.toFixed(1));
    this.view.track.setAttribute("aria-valuetext", [words, ...this.values(this.time)].join(", "));
  }

  values(time) {
    return this.view.lanes.map((lane) => lane.value(time)).filter(Boolean);
  }

  // What is under the pointer, else what is at the playhead.
  read() {
    const { time, lane, y } = this.pointed ?? { time: this.time };
    const under = lane?.at(time, y) || "";
    const others = this.values(time).filter((words) => !under.startsWith(words));
    this.box.querySelector(".readout").textContent = [clock(time, 2), under, ...others].filter(Boolean).join(" · ");
  }

  point(event) {
    this.pointed = this.view.under(event);
    if (this.view.track.hasPointerCapture(event.pointerId)) this.seek(this.pointed.time);
    this.read();
  }

  // The keys

  step(sign, isShort) {
    const beats = KINDS.map((kind) => this.data.beats[kind]).find((times) => times.length);
    if (!isShort || !beats) { this.seek(this.time + sign * (isShort ? SHORT_S : STEP_S)); return; }
    const next = sign > 0 ? firstFrom(beats, this.time + SAME_S) : firstFrom(beats, this.time - SAME_S) - 1;
    this.seek(beats[next] ?? (sign > 0 ? this.data.duration_s : 0));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const kind = !this.data.silent && KINDS.find((each) => this.data.beats[each].length);
    const act = {
      " ": event.target.closest("button") ? null : () => this.toggle(),
      arrowleft: () => this.step(-1, event.shiftKey), arrowright: () => this.step(1, event.shiftKey),
      home: () => this.seek(0), end: () => this.seek(this.data.duration_s),
      m: () => this.mute(), c: () => kind && this.clicks(kind),
      "+": () => this.zoom(2), "=": () => this.zoom(2), "-": () => this.zoom(0.5),
    }[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}

export default function ({ parentElement, data }) {
  const box = parentElement.querySelector(".player");
  box.player ??= new Player(box);
  box.player.show(data);
  // Drawing anew ends one call of this function and begins another; only a player that has left the page ends.
  return () => setTimeout(() => { if (!box.isConnected) box.player.close(); }, 1000);
}
