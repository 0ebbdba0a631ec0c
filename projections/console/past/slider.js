// The time slider: which moment a page shows. Times are milliseconds since 1970, written as in China.
const EVERY_MS = 150; // the newest wish is sent no more often than this
const SPANS = { hour: 3600e3, day: 86400e3, week: 604800e3, all: 0 };
const STEPS = 500;
// Pages that have a past, and so keep the moment when one leads to another.
const KEEPS = /^\/(waste|people|devices|wall|late|events|doors\/.*|district(\/.*)?)?$/;

const face = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium",
});

export default {
  props: { initial: String },
  template: `<section class="timebar" :data-past="!!shown" :data-known="known" :aria-label="words.title">
    <div class="timebanner" v-if="shown">
      <span role="status"><i class="ic ic-late" aria-hidden="true"></i> <b>{{ banner }}</b> {{ words[known] }} · {{ axis }}</span>
      <span role="group" class="axes" :aria-label="words.axis">
        <button type="button" v-for="one in ['then', 'now']" :aria-pressed="known === one" @click="turn(one)">{{ words[one] }}</button></span>
      <a class="slight" :href="late">{{ words.late }}</a>
      <a class="ack" data-now :href="present">{{ words.back }}</a></div>
    <div class="timecontrols">
      <button type="button" class="slight" v-for="one in back" @click="by(-one[0])">−{{ one[1] }}</button>
      <button type="button" class="slight" @click="step(false)" :aria-label="words.before" :title="words.before">|◀</button>
      <input type="range" :min="low" :max="high" :step="grain" :value="place" :aria-label="words.range"
        :aria-valuetext="told" @input="drag" @change="drop">
      <button type="button" class="slight" @click="step(true)" :disabled="!shown" :aria-label="words.after" :title="words.after">▶|</button>
      <button type="button" class="slight" v-for="one in ahead" :disabled="!shown" @click="by(one[0])">+{{ one[1] }}</button>
      <select v-model="span" :aria-label="words.span">
        <option v-for="(_, name) in spans" :value="name">{{ words["span_" + name] }}</option></select>
      <form @submit.prevent="typed"><input name="at" :value="written ?? told" :aria-label="words.place"
        :title="words.place" autocomplete="off" spellcheck="false" @focus="$event.target.select()"
        @input="written = $event.target.value" @blur="written = null"></form>
      <span class="timewrong" role="alert">{{ wrong }}</span>
    </div></section>`,
  data() {
    const start = JSON.parse(this.initial);
    const shown = start.shown;
    return {
      ...start, shown, spans: SPANS, wrong: "", span: "day", end: start.now,
      written: null, // what is being typed: time goes on meanwhile
      place: shown ? Math.max(shown.ms, 0) : start.now, lag: start.now - Date.now(),
    };
  },
  computed: {
    known() {
      return this.shown?.later || !["then", undefined].includes(this.shown?.known) ? "now" : "then";
    },
    back() {
      return [[3600e3, `1 ${this.words.hour}`], [60e3, `1 ${this.words.minute}`]];
    },
    ahead() {
      return [...this.back].reverse();
    },
    banner() {
      return this.words.banner.replace("{when}", face.format(Math.max(this.shown.ms, 0))).replace("{n}", this.shown.position);
    },
    axis() {
      return this.words[this.known + "long"].replace("{n}", this.shown.heard);
    },
    width() {
      return SPANS[this.span] || Math.max(this.end - this.first, 60e3);
    },
    low() {
      return this.high - this.width;
    },
    high() {
      const middle = this.held + this.width / 2;
      return Math.min(this.end, Math.max(middle, Math.min(this.end, this.first + this.width)));
    },
    held() {
      return this.shown ? Math.max(this.shown.ms, 0) : this.end;
    },
    grain() {
      return Math.max(1, Math.round(this.width / STEPS));
    },
    told() {
      return this.shown || this.place < this.end ? face.format(this.place) : this.words.live;
    },
    late() {
      const where = new URLSearchParams({ asof: this.shown.asof, known: "now" });
      if (this.compound) where.set("compound", this.compound);
      if (location.pathname.startsWith("/district")) where.set("of", "district");
      return `/late?${where}`;
    },
    present() {
      void this.shown;
      return this.address(null);
    },
  },
  mounted() {
    window.menweiKept = (to) => this.kept(to);
    const leave = (event) => this.lead(event.target.closest?.("a[href]"));
    for (const name of ["pointerdown", "focusin", "contextmenu", "click"]) document.addEventListener(name, leave, true);
    document.addEventListener("submit", (event) => this.fill(event.target), true);
    this.clock = setInterval(() => {
      if (this.shown) return;
      this.end = Date.now() + this.lag;
      if (!this.dragging) this.place = this.end;
    }, 1000);
  },
  beforeUnmount() {
    clearInterval(this.clock);
    clearTimeout(this.waiting);
  },
  methods: {
    drag(event) {
      this.dragging = true;
      this.place = Number(event.target.value);
      if (this.moves) this.wish(this.place);
    },
    drop(event) {
      this.dragging = false;
      this.place = Number(event.target.value);
      if (!this.shown && this.place >= this.high - this.grain) this.place = this.end;
      else this.wish(this.place);
    },
    by(ms) {
      const to = this.place + ms;
      if (to >= Date.now() + this.lag) window.location.assign(this.address(null));
      else this.wish((this.place = Math.max(to, 0)));
    },
    step(forward) {
      this.wrong = "";
      this.$emit("step", forward, this.known);
    },
    typed(event) {
      const at = new FormData(event.target).get("at").trim();
      if (at && at !== this.words.live) this.ask(at, this.known);
      else if (this.shown) window.location.assign(this.address(null));
    },
    turn(known) {
      this.ask(this.shown.asof, known);
    },
    wish(ms) {
      this.next = new Date(ms).toISOString();
      if (this.waiting) return;
      this.ask(this.next, this.known);
      this.next = null;
      this.waiting = setTimeout(() => {
        this.waiting = null;
        if (this.next) this.wish(Date.parse(this.next));
      }, EVERY_MS);
    },
    ask(asof, known) {
      this.wrong = "";
      this.$emit("move", asof, known);
    },
    // From the server: what is shown now; where to go instead; why not.
    tell(shown) {
      this.shown = shown;
      this.written = null;
      if (!this.dragging) this.place = Math.max(shown.ms, 0);
      history.replaceState(history.state, "", this.address(shown));
    },
    go(query) {
      window.location.assign(this.address(query));
    },
    refuse(text) {
      this.wrong = text;
      if (!this.dragging) this.place = this.held;
    },
    address(query) {
      const where = new URL(location.href);
      where.searchParams.delete("asof");
      where.searchParams.delete("known");
      for (const name of ["asof", "known"]) if (query) where.searchParams.set(name, query[name]);
      return where.pathname + where.search;
    },
    kept(to) {
      const where = new URL(to, location.href);
      if (!this.shown || where.origin !== location.origin || !KEEPS.test(where.pathname)) return to;
      if (where.pathname !== "/late" || !where.searchParams.has("asof")) {
        where.searchParams.set("asof", this.shown.asof);
        where.searchParams.set("known", this.shown.known);
      }
      return where.pathname + where.search;
    },
    lead(link) {
      if (!link || !this.shown || link.hasAttribute("data-now") || link.closest(".timebar")) return;
      const to = link.getAttribute("href");
      const kept = this.kept(to);
      if (kept !== to) link.setAttribute("href", kept);
    },
    fill(form) {
      if (!this.shown || form.method !== "get" || form.closest(".timebar")) return;
      for (const name of ["asof", "known"]) {
        const field = form.elements[name] || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
        field.value = this.shown[name];
      }
    },
  },
};
