// Steps through a replay. Where one is, is known here first: the server draws what is asked for.
const TICK_MS = 100;
const LONGEST_MS = 3000; // that a gap between two events is waited for, whatever the speed
const LEAST_MS = 400; // … and what was recorded together, at the speed of once

export default {
  props: { words: Object, initial: String },
  template: `<div class="stepper" role="group" :aria-label="words.keys" :data-at="at" :data-playing="String(!!speed)">
    <button class="slight" type="button" data-step="first" :title="words.first + ' (Home)'" @click="go(0)">|◀</button>
    <button class="slight" type="button" data-step="back" :title="words.back + ' (←)'" @click="go(at - 1)">◀</button>
    <button v-for="one in speeds" class="slight" type="button" :data-step="'play' + one"
      :aria-pressed="String(speed === one)" :title="speed === one ? words.pause : words.play"
      @click="play(speed === one ? 0 : one)">{{ speed === one ? "‖" : "▷" }} {{ one }}×</button>
    <button class="slight" type="button" data-step="next" :title="words.next + ' (→)'" @click="go(at + 1)">▶</button>
    <button class="slight" type="button" data-step="last" :title="words.last + ' (End)'" @click="go(times.length)">▶|</button>
    <input type="range" min="0" :max="times.length" :value="at" :aria-label="words.slider"
      @input="go(Number($event.target.value))">
    <span class="num">{{ at }} / {{ times.length }}</span>
    <span class="note">{{ words.keys }}</span>
  </div>`,
  data() {
    return { ...JSON.parse(this.initial), speed: 0 };
  },
  mounted() {
    this.waited = 0;
    this.last = 1; // the speed that the space bar plays at
    this.heard = (event) => this.key(event);
    document.addEventListener("keydown", this.heard);
    this.show();
  },
  beforeUnmount() {
    document.removeEventListener("keydown", this.heard);
    clearInterval(this.timer);
  },
  methods: {
    key(event) {
      const typing = event.target.closest?.("input:not([type=range]), textarea, select, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector(".q-dialog") || document.querySelector(".searching")?.checkVisibility()) return;
      const at = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: this.times.length }[event.key];
      if (at !== undefined) this.go(at);
      else if (event.key === " " && !event.target.closest?.("button, a, summary")) this.play(this.speed ? 0 : this.last);
      else return;
      event.preventDefault();
    },
    go(at, playing = false) {
      if (!playing) this.play(0);
      at = Math.min(Math.max(at, 0), this.times.length);
      if (at === this.at) return;
      this.at = at;
      this.$emit("go", at);
      this.show();
    },
    play(speed) {
      clearInterval(this.timer);
      this.speed = speed;
      if (!speed) return;
      this.last = speed;
      this.waited = 0;
      this.timer = setInterval(() => this.tick(), TICK_MS);
    },
    tick() {
      let at = this.at;
      this.waited += TICK_MS;
      while (at < this.times.length) {
        const gap = at ? this.times[at] - this.times[at - 1] : 0;
        const due = Math.min(Math.max(gap, LEAST_MS) / this.speed, LONGEST_MS);
        if (this.waited < due) break;
        this.waited -= due;
        at += 1;
      }
      this.go(at, true);
      if (at === this.times.length) this.play(0);
    },
    // The address names the step, so that it can be sent to somebody.
    show() {
      const here = new URL(window.location.href);
      if (this.at) here.searchParams.set("at", this.places[this.at - 1]);
      else here.searchParams.delete("at");
      window.history.replaceState(window.history.state, "", here);
      setTimeout(() => document.querySelector(".steps .marked")?.scrollIntoView({ block: "nearest" }), 300);
    },
    // A step was chosen in the list.
    apply({ at }) {
      this.play(0);
      this.at = at;
      this.show();
    },
  },
};
