// The lanes on their time axis, as much of it as the zoom shows, and the playhead over all of them.
// Drawn when what is shown changes; while music plays only the playhead moves.

const LEAST_SHOWN_S = 2;
const COLOURS = { text: "text", line: "border", blue: "blue", orange: "orange", grey: "gray" };

class View {
  zoom = 1;

  constructor(box) {
    this.box = box;
    this.scroll = box.querySelector(".scroll");
    this.track = box.querySelector(".track");
    this.margin = box.querySelector(".margin");
    this.playhead = box.querySelector(".playhead");
    this.canvas = this.track.querySelector("canvas");
    this.scroll.onscroll = () => this.draw();
    box.querySelector(".theme").ontransitionend = () => this.draw();  // the colour of text has become another one
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(this.scroll);
  }

  close() {
    this.resized.disconnect();
  }

  show(lanes, duration_s) {
    Object.assign(this, { lanes, duration_s, height: 0 });
    for (const lane of lanes) {
      lane.top = this.height;
      this.height += lane.height;
    }
    this.track.style.height = `${this.height}px`;
    this.margin.replaceChildren(...lanes.flatMap((lane) => lane.labels.map(({ y, text }) =>
      Object.assign(document.createElement("span"), { textContent: text, style: `top: ${lane.top + y}px` }))));
    this.resize();
  }

  get width() { return this.scroll.clientWidth; }

  get from() { return this.scroll.scrollLeft; }

  get px() { return this.width * this.zoom / this.duration_s; }  // a second

  resize() {
    const share = this.from / this.track.clientWidth || 0;
    this.track.style.width = `${this.width * this.zoom}px`;
    this.scroll.scrollLeft = share * this.track.clientWidth;
    this.draw();
    this.place(this.time);
  }

  draw() {
    const { width, height, px } = this, ratio = devicePixelRatio, g = this.canvas.getContext("2d");
    if (!width || !this.lanes) return;
    const [wide, high] = [width, height].map((size) => Math.round(size * ratio));
    if (this.canvas.width !== wide) this.canvas.width = wide;
    if (this.canvas.height !== high) this.canvas.height = high;
    this.canvas.style.cssText = `width: ${width}px; height: ${height}px`;
    const style = getComputedStyle(this.box), from = this.from / px;
    const view = { from, to: from + width / px, px, width, font: `11px ${style.fontFamily}` };
    for (const name in COLOURS) view[name] = style.getPropertyValue(`--st-${COLOURS[name]}-color`);
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    for (const lane of this.lanes) {
      g.save();
      g.translate(0, lane.top);
      g.beginPath();
      g.rect(0, 0, width, lane.height);
      g.clip();
      lane.draw(g, view);
      g.restore();
    }
  }

  // Turns the page when the playhead leaves it; whoever has scrolled away is left there.
  place(time) {
    const before = this.time * this.px, x = time * this.px, edge = this.from + this.width;
    this.time = time;
    this.playhead.style.transform = `translateX(${x}px)`;
    this.track.dataset.time = time.toFixed(3);
    if (before <= edge && x > edge) this.reveal();
  }

  reveal() {
    const x = this.time * this.px;
    if (this.zoom === 1 || (x >= this.from && x <= this.from + this.width)) return;
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    this.scroll.scrollTo({ left: x - 0.1 * this.width, behavior });
  }

  canZoom(zoom) {
    return zoom >= 1 && (zoom === 1 || this.duration_s / zoom >= LEAST_SHOWN_S);
  }

  // What is at the playhead stays where it is; else what is in the middle.
  setZoom(zoom) {
    if (!this.canZoom(zoom)) return;
    const x = this.time * this.px - this.from, anchor = x >= 0 && x <= this.width ? x : this.width / 2;
    const time = (this.from + anchor) / this.px;
    this.zoom = zoom;
    this.resize();
    this.scroll.scrollLeft = time * this.px - anchor;
    this.draw();
  }

  // The moment under a pointer, the lane, and how far below the lane's top.
  under(event) {
    const box = this.track.getBoundingClientRect(), y = event.clientY - box.top;
    const lane = this.lanes.find(({ top, height }) => y >= top && y < top + height);
    return { time: clamp((event.clientX - box.left) / this.px, 0, this.duration_s), lane, y: y - (lane?.top ?? 0) };
  }
}
