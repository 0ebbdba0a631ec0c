// Ten thousand devices on one canvas. A cell has a colour and a shape by its state; what is well is
// a dull square, so that trouble is found from across the room.
const LOOKS = [
  { colour: "#2f5d50", shape: "square" }, // online
  { colour: "#8d97a5", shape: "ring" }, // silent
  { colour: "#ff5c66", shape: "cross" }, // lost
  { colour: "#ff9d42", shape: "triangle" }, // tampered
  { colour: "#f2cd5c", shape: "diamond" }, // flapping
  { colour: "#4c9bff", shape: "clock" }, // clock wrong
  { colour: "#ff9d42", shape: "mark" }, // says that something is wrong with it
];
const HEAD = 22;
const GAP = 14;

function draw(context, look, x, y, size) {
  const half = size / 2;
  context.fillStyle = context.strokeStyle = look.colour;
  context.lineWidth = Math.max(1, size / 6);
  const r = half * 0.82;
  if (look.shape === "square" || size < 4) {
    context.fillRect(x - r, y - r, 2 * r, 2 * r);
    return;
  }
  context.beginPath();
  if (look.shape === "ring") {
    context.arc(x, y, r * 0.8, 0, 7);
    context.stroke();
  } else if (look.shape === "cross") {
    context.moveTo(x - r, y - r);
    context.lineTo(x + r, y + r);
    context.moveTo(x + r, y - r);
    context.lineTo(x - r, y + r);
    context.stroke();
  } else if (look.shape === "triangle") {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y + r);
    context.lineTo(x - r, y + r);
    context.fill();
  } else if (look.shape === "diamond") {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
    context.fill();
  } else if (look.shape === "mark") {
    context.rect(x - r * 0.2, y - r, r * 0.4, r * 1.25);
    context.rect(x - r * 0.2, y + r * 0.55, r * 0.4, r * 0.4);
    context.fill();
  } else {
    context.arc(x, y, r * 0.85, 0, 7);
    context.moveTo(x, y - r * 0.6);
    context.lineTo(x, y);
    context.lineTo(x + r * 0.5, y);
    context.stroke();
  }
}

export default {
  props: { initial: String },
  template: `<div class="wall">
    <div class="legend">
      <label>{{ words.by }} <select v-model="by" @change="arrange"><option value="gateway">{{ words.gateway }}</option
        ><option value="kind">{{ words.kind }}</option></select></label>
      <span v-for="(word, code) in states" :key="code" class="state" :data-code="code"><canvas width="18" height="18"
        :ref="'key' + code"></canvas>{{ word }} <b class="num">{{ tally[code] }}</b></span>
    </div>
    <div ref="frame" class="frame">
      <canvas ref="canvas" tabindex="0" role="application" :aria-label="words.keys" :aria-describedby="'wallsaid'"
        @pointermove="over" @pointerleave="leave" @click="click" @wheel.prevent="wheel" @keydown="key"
        @pointerdown="grab" @pointerup="drop" @focus="focused"></canvas>
      <div v-show="told.length" class="told" :style="spot"><div v-for="(line, n) in told" :key="n" :class="{ first: !n }">{{ line }}</div></div>
      <p v-if="!many" class="waiting">{{ words.none }}</p>
    </div>
    <p id="wallsaid" class="sr" aria-live="polite">{{ told.join(", ") }}</p>
  </div>`,
  data() {
    const { words, states } = JSON.parse(this.initial);
    return { words, states, by: "gateway", told: [], spot: {}, tally: states.map(() => 0), many: 0 };
  },
  mounted() {
    const { cells } = JSON.parse(this.initial);
    this.zoom = 1;
    this.left = this.top = 0;
    this.at = -1;
    this.context = this.$refs.canvas.getContext("2d");
    this.size = new ResizeObserver(() => this.fit());
    this.whole(cells);
    this.size.observe(this.$refs.frame);
    for (const [code, look] of LOOKS.entries()) {
      const key = this.$refs[`key${code}`];
      draw((key[0] || key).getContext("2d"), look, 9, 9, 16);
    }
    this.fit();
  },
  beforeUnmount() {
    this.size.disconnect();
  },
  methods: {
    whole(cells) {
      const named = this.cells?.names[this.at];
      this.cells = cells;
      this.codes = Uint8Array.from(cells.states, Number);
      this.many = cells.names.length;
      this.at = named === undefined ? -1 : cells.names.indexOf(named);
      this.count();
    },
    apply(update) {
      if (update.names) {
        this.whole(update);
        this.arrange();
        return;
      }
      for (let n = 0; n < update.changed.length; n += 2) this.codes[update.changed[n]] = update.changed[n + 1];
      this.count();
      this.later();
    },
    count() {
      const tally = this.states.map(() => 0);
      for (const code of this.codes) tally[code] += 1;
      this.tally = tally;
    },
    fit() {
      const { clientWidth, clientHeight } = this.$refs.frame;
      const canvas = this.$refs.canvas;
      const dense = window.devicePixelRatio || 1;
      canvas.width = clientWidth * dense;
      canvas.height = clientHeight * dense;
      canvas.style.width = `${clientWidth}px`;
      canvas.style.height = `${clientHeight}px`;
      this.dense = dense;
      this.wide = clientWidth;
      this.high = clientHeight;
      this.arrange();
    },
    // Groups as blocks of cells, one below the other, as large as they all fit.
    arrange() {
      const of = this.by === "kind" ? this.cells.kindOf : this.cells.gatewayOf;
      const titles = this.by === "kind" ? this.cells.kinds : this.cells.gateways;
      const groups = titles.map(() => []);
      of.forEach((group, cell) => groups[group].push(cell));
      let size = 44;
      let high;
      do {
        size -= size > 12 ? 2 : 0.5;
        const across = Math.max(1, Math.floor((this.wide - 2 * GAP) / size));
        high = groups.reduce((sum, one) => sum + HEAD + GAP + Math.ceil(one.length / across) * size, GAP);
      } while (high > this.high && size > 3);
      const across = Math.max(1, Math.floor((this.wide - 2 * GAP) / size));
      this.x = new Float32Array(this.many);
      this.y = new Float32Array(this.many);
      this.order = [];
      this.titles = [];
      let y = GAP;
      groups.forEach((cells, group) => {
        this.titles.push([`${titles[group]} · ${cells.length}`, y + 14]);
        y += HEAD;
        cells.forEach((cell, n) => {
          this.x[cell] = GAP + ((n % across) + 0.5) * size;
          this.y[cell] = y + (Math.floor(n / across) + 0.5) * size;
          this.order.push(cell);
        });
        y += Math.ceil(cells.length / across) * size + GAP;
      });
      this.cell = size;
      this.across = across;
      this.tall = y;
      this.place = new Int32Array(this.many);
      this.order.forEach((cell, n) => (this.place[cell] = n));
      this.later();
    },
    later() {
      this.waiting ??= requestAnimationFrame(() => {
        this.waiting = null;
        this.paint();
      });
    },
    paint() {
      const { context, zoom, left, top } = this;
      context.setTransform(this.dense, 0, 0, this.dense, 0, 0);
      context.fillStyle = "#131b26";
      context.fillRect(0, 0, this.wide, this.high);
      context.setTransform(this.dense * zoom, 0, 0, this.dense * zoom, -left * this.dense * zoom, -top * this.dense * zoom);
      context.fillStyle = "#93a2b5";
      context.font = "13px system-ui, sans-serif";
      for (const [title, y] of this.titles) context.fillText(title, GAP, y);
      const low = [left - this.cell, top - this.cell];
      const far = [left + this.wide / zoom + this.cell, top + this.high / zoom + this.cell];
      for (let cell = 0; cell < this.many; cell += 1) {
        const x = this.x[cell];
        const y = this.y[cell];
        if (x < low[0] || x > far[0] || y < low[1] || y > far[1]) continue;
        draw(context, LOOKS[this.codes[cell]], x, y, this.cell);
      }
      if (this.at >= 0) {
        context.strokeStyle = "#ffffff";
        context.lineWidth = 2 / zoom;
        const half = this.cell / 2 + 1;
        context.strokeRect(this.x[this.at] - half, this.y[this.at] - half, 2 * half, 2 * half);
      }
      this.$refs.canvas.dataset.painted = this.many;
      window.menweiWall ??= performance.now();
    },
    under(event) {
      const x = event.offsetX / this.zoom + this.left;
      const y = event.offsetY / this.zoom + this.top;
      const half = this.cell / 2;
      for (let cell = 0; cell < this.many; cell += 1) {
        if (Math.abs(this.x[cell] - x) <= half && Math.abs(this.y[cell] - y) <= half) return cell;
      }
      return -1;
    },
    choose(cell) {
      if (cell === this.at) return;
      this.at = cell;
      this.told = [];
      clearTimeout(this.asking);
      if (cell >= 0) {
        this.told = [this.cells.names[cell], this.states[this.codes[cell]]];
        const x = (this.x[cell] - this.left) * this.zoom;
        const y = (this.y[cell] - this.top) * this.zoom;
        this.spot = {
          left: `${Math.min(x + 14, this.wide - 270)}px`,
          top: `${Math.min(y + 14, this.high - 130)}px`,
        };
        this.asking = setTimeout(() => this.$emit("facts", this.cells.names[cell]), 120);
      }
      this.$refs.canvas.dataset.at = cell >= 0 ? this.cells.names[cell] : "";
      this.later();
    },
    tell(name, lines) {
      if (this.at >= 0 && this.cells.names[this.at] === name) this.told = [name, ...lines];
    },
    over(event) {
      if (this.held) {
        this.pan(this.held.left + (this.held.x - event.clientX) / this.zoom, this.held.top + (this.held.y - event.clientY) / this.zoom);
        return;
      }
      this.choose(this.under(event));
    },
    leave() {
      this.held = null;
      if (document.activeElement !== this.$refs.canvas) this.choose(-1);
    },
    grab(event) {
      this.held = { x: event.clientX, y: event.clientY, left: this.left, top: this.top };
    },
    drop(event) {
      this.moved = this.held && Math.hypot(event.clientX - this.held.x, event.clientY - this.held.y) > 4;
      this.held = null;
    },
    click(event) {
      if (this.moved) return;
      const cell = this.under(event);
      if (cell >= 0) this.$emit("visit", this.cells.names[cell]);
    },
    focused() {
      if (this.at < 0 && this.order.length) this.choose(this.order[0]);
    },
    wheel(event) {
      this.scale(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.offsetX, event.offsetY);
    },
    scale(by, x, y) {
      const zoom = Math.min(24, Math.max(1, this.zoom * by));
      const left = this.left + x / this.zoom - x / zoom;
      const top = this.top + y / this.zoom - y / zoom;
      this.zoom = zoom;
      this.$refs.canvas.dataset.zoom = zoom.toFixed(2);
      this.pan(left, top);
    },
    pan(left, top) {
      this.left = Math.max(0, Math.min(left, this.wide - this.wide / this.zoom));
      this.top = Math.max(0, Math.min(top, Math.max(this.tall, this.high) - this.high / this.zoom));
      this.later();
    },
    key(event) {
      const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.across, ArrowUp: -this.across };
      if (event.key in steps) {
        const n = this.at < 0 ? 0 : this.place[this.at] + steps[event.key];
        const cell = this.order[Math.max(0, Math.min(n, this.many - 1))];
        this.show(cell);
        this.choose(cell);
      } else if (event.key === "Enter" && this.at >= 0) {
        this.$emit("visit", this.cells.names[this.at]);
      } else if (event.key === "+" || event.key === "=") {
        this.scale(1.2, this.wide / 2, this.high / 2);
      } else if (event.key === "-") {
        this.scale(1 / 1.2, this.wide / 2, this.high / 2);
      } else return;
      event.preventDefault();
    },
    show(cell) {
      if (cell === undefined) return;
      const x = (this.x[cell] - this.left) * this.zoom;
      const y = (this.y[cell] - this.top) * this.zoom;
      const inside = x > 0 && x < this.wide && y > 0 && y < this.high;
      if (!inside) this.pan(this.x[cell] - this.wide / this.zoom / 2, this.y[cell] - this.high / this.zoom / 2);
    },
  },
};
