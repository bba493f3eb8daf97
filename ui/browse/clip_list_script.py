"""What the browser runs to draw the list of clips: rows in sight only, so that a thousand cost no more than twenty."""

HTML = """
<div class="list" role="grid" tabindex="0" aria-readonly="true">
  <div class="head" role="row" aria-rowindex="1"></div>
  <div class="body" role="rowgroup"></div>
</div>
"""

CSS = """
.list {
  height: clamp(26rem, 100vh - 17rem, 52rem); overflow: auto; box-sizing: border-box; position: relative;
  font-size: 0.8125rem; color: var(--st-text-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
}
.list:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
.head, .row { display: flex; box-sizing: border-box; }
.head {
  position: sticky; top: 0; z-index: 1; height: 32px; background: var(--st-secondary-background-color);
  border-bottom: 1px solid var(--st-border-color);
}
.head > *, .row > * {
  flex: none; box-sizing: border-box; padding: 0 6px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
}
.head > *, .head button {
  font: inherit; font-weight: 600; color: inherit; background: none; border: 0; text-align: left; line-height: 32px;
}
.head button { padding: 0; width: 100%; cursor: pointer; overflow: hidden; text-overflow: ellipsis; }
.head button:hover { text-decoration: underline; }
.head button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
.head .number button, .row .number { text-align: right; font-variant-numeric: tabular-nums; }
.body { position: relative; }
.row { position: absolute; left: 0; height: 30px; line-height: 30px; cursor: pointer; }
.row:hover { background: var(--st-secondary-background-color); }
.row[aria-selected="true"] {
  background: color-mix(in srgb, var(--st-primary-color) 22%, var(--st-background-color));
  box-shadow: inset 3px 0 0 var(--st-primary-color); font-weight: 600;
}
@media (max-width: 640px) { .list { height: 220px; } }
.right { color: var(--st-green-text-color); }
.wrong { color: var(--st-orange-text-color); }
"""

JS = """
const ROW_PX = 30, HEAD_PX = 32, SPARE = 6, REST_MS = 120;
const MARKS = { "✓": ["right", "correct"], "✗": ["wrong", "wrong"] };
const ARROWS = { ascending: " ↑", descending: " ↓" };

class List {
  constructor(box) {
    this.box = box;
    this.head = box.querySelector(".head");
    this.body = box.querySelector(".body");
    box.onscroll = () => this.draw();
    box.onkeydown = (event) => this.key(event);
    this.body.onclick = ({ target }) => {
      const row = target.closest(".row");
      if (row) this.open(Number(row.dataset.at));
    };
    new ResizeObserver(() => this.draw()).observe(box);
  }

  show({ columns, rows, clip, label }, tell) {
    const listed = JSON.stringify([columns.map(({ title }) => title), rows]), same = listed === this.listed;
    Object.assign(this, { columns, rows, tell, listed, here: rows.findIndex((row) => row[0] === clip) });
    this.box.setAttribute("aria-rowcount", rows.length + 1);
    this.box.setAttribute("aria-label", label);
    this.body.style.height = `${rows.length * ROW_PX}px`;
    this.width = columns.reduce((sum, column) => sum + column.width, 0);
    this.titles();
    if (!same) {
      this.body.replaceChildren();
      this.drawn = new Map();
      if (this.here < 0) this.box.scrollTop = 0;
    }
    this.reveal();
    this.draw();
  }

  titles() {
    const focused = this.head.querySelector("button:focus")?.dataset.title;
    this.head.style.width = `${this.width}px`;
    this.head.replaceChildren(...this.columns.map((column) => {
      const cell = this.cell(column, "", "columnheader");
      cell.title = column.hint;
      if (!column.next) { cell.textContent = column.title; return cell; }
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.title = column.title;
      button.textContent = column.title + (ARROWS[column.sorted] ?? "");
      button.title = `Order: ${column.next_title}`;
      button.onclick = () => this.tell("order", column.next);
      if (column.sorted) cell.setAttribute("aria-sort", column.sorted);
      cell.append(button);
      return cell;
    }));
    if (focused) this.head.querySelector(`[data-title="${focused}"]`)?.focus();
  }

  cell(column, text, role) {
    const cell = document.createElement("div");
    cell.setAttribute("role", role);
    cell.style.width = `${column.width}px`;
    if (column.number) cell.className = "number";
    if (MARKS[text]) {
      cell.className = MARKS[text][0];
      cell.setAttribute("aria-label", MARKS[text][1]);
    }
    cell.textContent = text;
    return cell;
  }

  // Rows that stay are kept: one that is exchanged while the mouse is down on it would lose its click.
  draw() {
    if (!this.rows) return;
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW_PX) - SPARE);
    const last = Math.min(this.rows.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW_PX) + SPARE);
    for (const [at, row] of this.drawn) if (at < first || at >= last) { row.remove(); this.drawn.delete(at); }
    for (let at = first; at < last; at++) {
      if (!this.drawn.has(at)) this.drawn.set(at, this.body.appendChild(this.row(this.rows[at], at)));
      this.drawn.get(at).setAttribute("aria-selected", at === this.here);
    }
    const open = this.here >= first && this.here < last;
    if (open) this.box.setAttribute("aria-activedescendant", `clip-${this.here}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  row([, ...texts], at) {
    const row = document.createElement("div");
    row.className = "row";
    row.id = `clip-${at}`;
    row.dataset.at = at;
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", at + 2);
    row.style.cssText = `top: ${at * ROW_PX}px; width: ${this.width}px`;
    row.append(...texts.map((text, i) => this.cell(this.columns[i], text, "gridcell")));
    return row;
  }

  reveal() {
    if (this.here < 0) return;
    const top = this.here * ROW_PX, seen = this.box.clientHeight - HEAD_PX - ROW_PX;
    if (top < this.box.scrollTop || top > this.box.scrollTop + seen) this.box.scrollTop = top - seen / 2;
  }

  // Marked at once; whoever holds an arrow key down opens the clip where it stops.
  open(at) {
    if (at < 0 || at >= this.rows.length) return;
    this.here = at;
    this.reveal();
    this.draw();
    clearTimeout(this.timer);
    const [clip] = this.rows[at];
    this.timer = setTimeout(() => this.tell("open", clip), REST_MS);
  }

  key(event) {
    if (event.target !== this.box || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW_PX) - 2), last = this.rows.length - 1;
    const to = {
      ArrowDown: Math.min(last, this.here + 1), ArrowUp: Math.max(0, this.here - 1), Home: 0, End: last,
      PageDown: Math.min(last, this.here + page), PageUp: Math.max(0, this.here - page),
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.open(to);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const box = parentElement.querySelector(".list");
  box.list ??= new List(box);
  box.list.show(data, setTriggerValue);
}
"""
