// The desk's keyboard and its sound. Tones are made here, by priority; nothing is fetched.
const KEYS = { a: "acknowledge", s: "shelve", g: "assign", c: "clear", r: "reopen" };
const WANTED = "menwei.sound";
// Per priority: seconds between rings, then each tone's pitch in Hz, start and length in seconds.
const RINGS = {
  1: { every: 1.6, tones: [[988, 0, 0.22], [740, 0.25, 0.22], [988, 0.5, 0.22], [740, 0.75, 0.3]] },
  2: { every: 4, tones: [[784, 0, 0.16], [784, 0.24, 0.16], [784, 0.48, 0.16]] },
  3: { every: 12, tones: [[587, 0, 0.2], [698, 0.24, 0.25]] },
  4: { every: 0, tones: [[523, 0, 0.25]] }, // once
};

export default {
  props: { words: Object, initial: String },
  template: `<div class="desk" :data-sound="state">
    <button class="slight sound" type="button" :aria-pressed="String(armed)" @click="toggle" :title="words.arm">
      <i :class="['ic', armed ? 'ic-sound' : 'ic-mute']" aria-hidden="true"></i>{{ words[state] }}</button>
    <button class="slight" type="button" @click="helping = true" :title="words.help"><kbd>?</kbd></button>
    <div v-if="helping" class="veil" @click.self="helping = false">
      <div class="helped" role="dialog" aria-modal="true" :aria-label="words.title">
        <h2>{{ words.title }}</h2>
        <dl><div v-for="[key, word] in words.keys" :key="key"><dt><kbd>{{ key }}</kbd></dt><dd>{{ word }}</dd></div></dl>
        <button ref="close" class="slight" type="button" @click="helping = false">{{ words.close }} <kbd>Esc</kbd></button>
      </div>
    </div>
  </div>`,
  data() {
    return { armed: false, helping: false, blocked: false, ring: [] };
  },
  computed: {
    state() {
      if (!this.armed) return this.blocked ? "blocked" : "off";
      return this.ring.length ? "ringing" : "on";
    },
  },
  watch: {
    helping(shown) {
      if (shown) this.$nextTick(() => this.$refs.close.focus());
    },
  },
  mounted() {
    this.title = document.title;
    this.heard = new Set();
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.apply(JSON.parse(this.initial));
    if (localStorage.getItem(WANTED) === "on") this.arm(false);
  },
  beforeUnmount() {
    document.removeEventListener("keydown", this.onKey);
    clearTimeout(this.next);
    this.audio?.close();
  },
  methods: {
    apply({ ring, count }) {
      const before = this.ring[0]?.[0];
      this.ring = ring;
      document.title = count ? `(${count}) ${this.title}` : this.title;
      if (!ring.length) {
        clearTimeout(this.next);
        this.next = null;
        this.hush();
      } else if (this.armed && (!this.next || ring[0][0] !== before)) {
        clearTimeout(this.next);
        this.sound();
      }
    },
    async toggle() {
      if (!this.armed) {
        await this.arm(true);
        return;
      }
      this.armed = false;
      localStorage.setItem(WANTED, "off");
      clearTimeout(this.next);
      this.next = null;
      this.hush();
    },
    async arm(asked) {
      // A browser lets a page sound only after somebody has touched it; until then it is said so.
      this.audio ??= new AudioContext();
      if (asked) localStorage.setItem(WANTED, "on");
      const waiting = this.audio.resume().then(() => this.allowed(asked));
      await Promise.race([waiting, new Promise((done) => setTimeout(done, 400))]);
      if (this.audio.state === "running") this.allowed(asked);
      this.blocked = !this.armed;
    },
    // Also when that took longer than it was waited for.
    allowed(asked) {
      if (this.armed || localStorage.getItem(WANTED) !== "on") return;
      [this.armed, this.blocked] = [true, false];
      if (this.ring.length) this.sound();
      else if (asked) this.play(RINGS[4].tones);
    },
    sound() {
      this.next = null;
      if (!this.armed || !this.ring.length) return;
      const [priority] = this.ring[0];
      const fresh = this.ring.some(([, id]) => !this.heard.has(id));
      this.heard = new Set(this.ring.map(([, id]) => id)); // no more of them: a desk stays open for weeks
      const { every, tones } = RINGS[priority] || RINGS[4];
      if (every || fresh) this.play(tones);
      this.next = setTimeout(() => this.sound(), (every || 5) * 1000);
    },
    play(tones) {
      this.hush();
      const start = this.audio.currentTime + 0.02;
      const gain = this.audio.createGain();
      gain.gain.value = 0.25;
      gain.connect(this.audio.destination);
      this.voices = tones.map(([pitch, at, long]) => {
        const voice = this.audio.createOscillator();
        voice.type = "triangle";
        voice.frequency.value = pitch;
        voice.connect(gain);
        voice.start(start + at);
        voice.stop(start + at + long);
        return voice;
      });
      this.rung = (this.rung || 0) + 1;
      this.$el.dataset.rung = this.rung;
    },
    hush() {
      for (const voice of this.voices || []) voice.disconnect();
      this.voices = [];
    },
    lines() {
      return [...document.querySelectorAll(".alarms > .alarm[tabindex]")];
    },
    current() {
      const focused = document.activeElement?.closest?.(".alarms > .alarm[tabindex]");
      return focused || document.querySelector(".alarms > .alarm.chosen") || this.lines()[0];
    },
    move(step) {
      const rows = this.lines();
      const focused = document.activeElement?.closest?.(".alarms > .alarm[tabindex]");
      const chosen = focused || document.querySelector(".alarms > .alarm.chosen");
      const at = rows.indexOf(chosen);
      const next = rows[focused ? Math.max(0, Math.min(rows.length - 1, at + step)) : Math.max(0, at)];
      next?.focus();
      next?.scrollIntoView({ block: "nearest" });
    },
    key(event) {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape" && this.helping) {
        this.helping = false;
        return;
      }
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      const asked = [...document.querySelectorAll(".confirm, .searching")].some((one) => one.offsetParent);
      if (typing || this.helping || asked) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (key === "?") this.helping = true;
      else if (key === "j" || key === "ArrowDown") this.move(1);
      else if (key === "k" || key === "ArrowUp") this.move(-1);
      else if (key === "e") document.querySelector(".dossier a, .dossier button")?.focus();
      else if (key in KEYS) {
        const row = this.current();
        if (row?.dataset.alarmId) this.$emit("press", KEYS[key], row.dataset.alarmId);
      } else return;
      event.preventDefault();
    },
  },
};
