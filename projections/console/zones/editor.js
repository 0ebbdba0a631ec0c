// Lines and regions drawn over one picture of a camera. Points are fractions of the frame. Each shape
// and each corner is an element of its own, so that all of it can be reached by keyboard.
const KEPT = 100; // steps that can be undone
const NEAR = 0.02; // of the frame: a click this close to the first corner closes a region
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const round = (value) => Math.round(Math.min(Math.max(value, 0), 1) * 1e4) / 1e4;
const copy = (value) => JSON.parse(JSON.stringify(value));
// A field is [name, kind, what it is when left out]; nobody writes down what is left out.
const FIELDS = {
  lines: [["in_side", "side", "right"], ["labels", "list", []]],
  regions: [
    ["purpose", "purpose", ""], ["labels", "list", []], ["loiter_s", "number", 0],
    ["occupied_s", "number", 0], ["crowd", "number", 0], ["crowd_s", "number", 10],
    ["left_s", "number", 0], ["bin", "text", ""], ["overflow", "share", 0],
    ["overflow_s", "number", 60], ["qr", "tick", false], ["plates", "tick", false],
    ["presence", "tick", true],
  ],
};

export default {
  props: { image: String, initial: String, words: Object, purposes: Array },
  template: `
  <div class="zones" :data-mode="mode" :data-changed="changed" @keydown="shortcut">
    <div class="bar" role="toolbar" :aria-label="words.tools">
      <button type="button" data-do="line" :aria-pressed="mode === 'lines'" @click="begin('lines')">{{ words.line }}</button>
      <button type="button" data-do="region" :aria-pressed="mode === 'regions'" @click="begin('regions')">{{ words.region }}</button>
      <button type="button" data-do="close" :disabled="mode !== 'regions' || draft.length < 3" @click="finish">{{ words.close }}</button>
      <button type="button" data-do="undo" :disabled="!past.length" @click="undo">{{ words.undo }}</button>
      <button type="button" data-do="redo" :disabled="!future.length" @click="redo">{{ words.redo }}</button>
      <button type="button" data-do="delete" :disabled="!one" @click="remove">{{ words.remove }}</button>
      <button type="button" data-do="save" class="yes" :disabled="!changed || busy" @click="save">{{ words.save }}</button>
      <span class="said" :class="{ bad: !well }" role="status">{{ said || hint }}</span>
    </div>
    <div class="halves">
      <svg ref="board" class="board" tabindex="0" role="application" :aria-label="words.board" :viewBox="'0 0 ' + wide + ' ' + high"
        @pointerdown="press" @pointermove="drag" @pointerup="held = null" @pointercancel="held = null" @keydown.self="key">
        <image :href="source" x="0" y="0" :width="wide" :height="high" />
        <g v-for="(zone, at) in zones.regions" :key="'r' + at" class="zone region" :class="{ chosen: is('regions', at) }">
          <polygon :points="zone.polygon.map(px).join(' ')" :data-zone="zone.name" @pointerdown.stop="choose('regions', at)" />
          <text :x="px(zone.polygon[0])[0]" :y="px(zone.polygon[0])[1] - 6 * unit" :font-size="13 * unit">{{ zone.name }}</text>
        </g>
        <g v-for="(zone, at) in zones.lines" :key="'l' + at" class="zone line" :class="{ chosen: is('lines', at) }">
          <path class="broad" :d="drawn(zone)" :stroke-width="14 * unit" :data-zone="zone.name" @pointerdown.stop="choose('lines', at)" />
          <path :d="drawn(zone)" :stroke-width="3 * unit" />
          <path class="way" :d="arrow(zone)" :stroke-width="3 * unit" />
          <text :x="px(zone.from)[0]" :y="px(zone.from)[1] - 6 * unit" :font-size="13 * unit">{{ zone.name }}</text>
        </g>
        <circle v-for="(point, at) in corners" :key="'c' + at" class="corner" tabindex="0" role="slider" :aria-label="words.corner + ' ' + (at + 1)"
          :aria-valuetext="place(point)" :aria-valuenow="point[0]" :cx="px(point)[0]" :cy="px(point)[1]" :r="7 * unit" :data-corner="at"
          @pointerdown.stop="grab($event, at)" @keydown="nudge($event, at)" />
        <polyline v-if="draft.length" class="draft" :points="[...draft, cursor].map(px).join(' ')" :stroke-width="2 * unit" />
        <circle v-for="(point, at) in draft" :key="'d' + at" class="begun" :cx="px(point)[0]" :cy="px(point)[1]" :r="4 * unit" />
        <path v-if="mode" class="cursor" :d="cross" :stroke-width="1.5 * unit" />
      </svg>
      <div class="side">
        <ul :aria-label="words.all">
          <li v-for="each in all" :key="each.kind + each.at">
            <button type="button" :aria-pressed="is(each.kind, each.at)" :data-pick="each.zone.name" @click="choose(each.kind, each.at)">
              {{ words[each.kind] }} · {{ each.zone.name }}</button>
          </li>
        </ul>
        <p v-if="!all.length" class="note">{{ words.empty }}</p>
        <form v-if="one" @submit.prevent>
          <label>{{ words.name }}<input name="name" maxlength="64" :value="one.name" @change="rename" /></label>
          <label v-for="[name, kind, plain] in fields" :key="name" :class="kind">
            <span>{{ words[name] }}</span>
            <button v-if="kind === 'side'" type="button" data-do="turn" @click="put(name, one[name] === 'left' ? 'right' : 'left')">{{ words.turn }}</button>
            <select v-else-if="kind === 'purpose'" :name="name" :value="one[name] ?? plain" @change="put(name, $event.target.value)">
              <option v-for="[value, word] in purposes" :key="value" :value="value">{{ word }}</option>
            </select>
            <input v-else-if="kind === 'tick'" type="checkbox" :name="name" :checked="one[name] ?? plain" @change="put(name, $event.target.checked)" />
            <input v-else :name="name" :type="kind === 'number' || kind === 'share' ? 'number' : 'text'" min="0" step="any" :value="shown(name, kind, plain)" @change="enter(name, kind, plain, $event.target)" />
          </label>
        </form>
        <p class="note">{{ words.keys }}</p>
      </div>
    </div>
  </div>`,
  data() {
    const { lines = [], regions = [] } = JSON.parse(this.initial);
    return {
      zones: { version: 1, lines, regions }, kept: JSON.stringify({ lines, regions }), past: [], future: [],
      mode: "", draft: [], cursor: [0.5, 0.5], chosen: null, held: null, wide: 1280, high: 720,
      said: "", well: true, busy: false, source: this.image,
    };
  },
  mounted() {
    this.measure(this.image);
  },
  computed: {
    unit() { return this.wide / 900; },
    changed() { return JSON.stringify({ lines: this.zones.lines, regions: this.zones.regions }) !== this.kept; },
    one() { return this.chosen && this.zones[this.chosen.kind][this.chosen.at]; },
    fields() { return FIELDS[this.chosen.kind]; },
    corners() { return this.one && !this.mode ? this.one.polygon || [this.one.from, this.one.to] : []; },
    all() { return ["lines", "regions"].flatMap((kind) => this.zones[kind].map((zone, at) => ({ kind, at, zone }))); },
    hint() { return this.mode ? this.words[`draw_${this.mode}`] + " " + this.place(this.cursor) : ""; },
    cross() {
      const [x, y] = this.px(this.cursor), long = 9 * this.unit;
      return `M${x - long} ${y}H${x + long}M${x} ${y - long}V${y + long}`;
    },
  },
  methods: {
    measure(url) {
      const probe = new Image();
      probe.onload = () => { [this.wide, this.high] = [probe.naturalWidth, probe.naturalHeight]; };
      probe.onerror = () => this.told(this.words.unseen, false);
      probe.src = this.source = url;
    },
    px([x, y]) { return [x * this.wide, y * this.high]; },
    place([x, y]) { return `${(x * 100).toFixed(1)} % · ${(y * 100).toFixed(1)} %`; },
    drawn(zone) { return `M${this.px(zone.from)}L${this.px(zone.to)}`; },
    arrow(zone) {
      const [ax, ay] = this.px(zone.from), [bx, by] = this.px(zone.to);
      const way = zone.in_side === "left" ? -1 : 1, length = Math.hypot(bx - ax, by - ay) || 1;
      const nx = (way * -(by - ay)) / length, ny = (way * (bx - ax)) / length;
      const x = (ax + bx) / 2, y = (ay + by) / 2, far = 34 * this.unit, back = 10 * this.unit;
      const [tx, ty] = [x + nx * far, y + ny * far];
      return `M${x} ${y}L${tx} ${ty}M${tx - (nx + ny) * back} ${ty - (ny - nx) * back}L${tx} ${ty}L${tx - (nx - ny) * back} ${ty - (ny + nx) * back}`;
    },
    is(kind, at) { return this.chosen?.kind === kind && this.chosen.at === at; },
    told(text, well) { [this.said, this.well, this.busy] = [text, well, false]; },
    mark() {
      this.past = [...this.past.slice(1 - KEPT), JSON.stringify(this.zones)];
      [this.future, this.said] = [[], ""];
    },
    undo() { if (this.past.length) this.restore(this.past, this.future); },
    redo() { if (this.future.length) this.restore(this.future, this.past); },
    restore(from, to) {
      to.push(JSON.stringify(this.zones));
      this.zones = JSON.parse(from.pop());
      if (!this.one) this.chosen = null;
    },
    begin(kind) {
      [this.mode, this.draft, this.chosen, this.said] = [this.mode === kind ? "" : kind, [], null, ""];
      this.$refs.board.focus();
    },
    choose(kind, at) { [this.chosen, this.mode, this.draft] = [{ kind, at }, "", []]; },
    where(event) {
      const seen = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.$refs.board.getScreenCTM().inverse());
      return [round(seen.x / this.wide), round(seen.y / this.high)];
    },
    press(event) {
      if (!this.mode) { this.chosen = null; return; }
      this.cursor = this.where(event);
      const first = this.draft[0];
      const closes = this.mode === "regions" && this.draft.length > 2 && this.near(first, this.cursor);
      if (closes) this.finish(); else this.add();
    },
    near(a, b) { return Math.hypot(a[0] - b[0], a[1] - b[1]) < NEAR; },
    drag(event) {
      if (this.mode) this.cursor = this.where(event);
      else if (this.held !== null) this.move(this.held, this.where(event));
    },
    grab(event, at) {
      this.mark();
      this.held = at;
      this.$refs.board.setPointerCapture(event.pointerId);
      event.target.focus();
    },
    move(at, point) {
      if (this.chosen.kind === "regions") this.one.polygon[at] = point;
      else this.one[at ? "to" : "from"] = point;
    },
    add() {
      const last = this.draft[this.draft.length - 1];
      if (last && last[0] === this.cursor[0] && last[1] === this.cursor[1]) {
        if (this.mode === "regions" && this.draft.length > 2) this.finish();
        return;
      }
      this.draft.push([...this.cursor]);
      if (this.mode === "lines" && this.draft.length === 2) this.finish();
    },
    finish() {
      const kind = this.mode, points = this.draft;
      if (points.length < (kind === "lines" ? 2 : 3)) return;
      this.mark();
      const name = this.free(kind === "lines" ? "line" : "region");
      const made = kind === "lines" ? { name, from: points[0], to: points[1], in_side: "right" } : { name, polygon: points };
      this.choose(kind, this.zones[kind].push(made) - 1);
    },
    free(start) {
      let number = 1;
      while (this.all.some(({ zone }) => zone.name === `${start}-${number}`)) number += 1;
      return `${start}-${number}`;
    },
    remove() {
      if (!this.one) return;
      this.mark();
      this.zones[this.chosen.kind].splice(this.chosen.at, 1);
      this.chosen = null;
      this.$refs.board.focus();
    },
    put(name, value) {
      this.mark();
      this.one[name] = value;
    },
    rename(event) {
      const name = event.target.value.trim();
      const taken = this.all.some(({ zone }) => zone !== this.one && zone.name === name);
      if (/^[\p{L}\p{N}_.-]{1,64}$/u.test(name) && !taken) this.put("name", name);
      else [event.target.value] = [this.one.name, this.told(taken ? this.words.taken : this.words.unnamed, false)];
    },
    shown(name, kind, plain) {
      const value = this.one[name] ?? plain;
      if (kind === "share") return Math.round(value * 1000) / 10;
      return kind === "list" ? value.join(", ") : value;
    },
    enter(name, kind, plain, input) {
      if (kind === "list") this.put(name, input.value.split(/[,，\s]+/).filter(Boolean));
      else if (kind === "text") this.put(name, input.value.trim());
      else {
        const value = Number(input.value || plain);
        const most = kind === "share" ? 100 : name === "crowd" ? 1000 : 86400;
        if (value >= 0 && value <= most) this.put(name, kind === "share" ? value / 100 : name === "crowd" ? Math.round(value) : value);
        else [input.value] = [this.shown(name, kind, plain), this.told(this.words.range, false)];
      }
    },
    step(event) {
      const way = MOVES[event.key];
      if (!way || event.ctrlKey || event.metaKey) return null;
      event.preventDefault();
      const size = event.shiftKey ? 0.05 : event.altKey ? 0.002 : 0.01;
      return ([x, y]) => [round(x + way[0] * size), round(y + way[1] * size)];
    },
    nudge(event, at) {
      const move = this.step(event);
      if (move) {
        if (!event.repeat) this.mark();
        this.move(at, move(this.corners[at]));
      } else if (event.key === "Delete" && this.one.polygon?.length > 3) {
        event.preventDefault();
        this.mark();
        this.one.polygon.splice(at, 1);
      } else this.key(event);
    },
    shortcut(event) {
      const word = event.key.toLowerCase();
      // A field undoes its own typing.
      if (!(event.ctrlKey || event.metaKey) || !"zy".includes(word) || event.target.type === "text") return;
      event.preventDefault();
      if (word === "y" || event.shiftKey) this.redo(); else this.undo();
    },
    key(event) {
      if (event.ctrlKey || event.metaKey) return;
      if (!this.mode) {
        if (event.key === "Delete") this.remove();
        else if (event.key === "Escape") this.chosen = null;
        return;
      }
      const move = this.step(event);
      if (move) this.cursor = move(this.cursor);
      else if (event.key === "Enter" || event.key === " ") this.add();
      else if (event.key === "Escape") [this.mode, this.draft] = ["", []];
      else if (event.key === "Backspace") this.draft.pop();
      else return;
      event.preventDefault();
    },
    save() {
      this.busy = true;
      this.told(this.words.saving, true);
      this.busy = true;
      this.$emit("save", copy(this.zones));
    },
    // What the server made of it; `zones` as it now holds them, or null when it refused.
    answered(text, zones) {
      this.told(text, zones !== null);
      if (zones === null) return;
      this.kept = JSON.stringify({ lines: zones.lines || [], regions: zones.regions || [] });
      // The button that was pressed goes grey, and a browser takes the focus off it only with its
      // next picture: who works by keys would be nowhere.
      this.$nextTick(() => {
        const here = document.activeElement;
        if (!here || here === document.body || here.disabled) this.$refs.board.focus({ preventScroll: true });
      });
    },
  },
};
