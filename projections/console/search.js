// One box over everything: "/" opens it, arrows choose, Enter goes there.
const PAUSE_MS = 90;

export default {
  props: { words: Object },
  template: `<div class="search">
    <button class="slight" type="button" @click="open" :title="words.box">{{ words.open }} <kbd>/</kbd></button>
    <div v-show="shown" class="veil" @click.self="close">
      <div class="searching" role="dialog" :aria-label="words.box">
        <input ref="box" type="text" maxlength="100" spellcheck="false" autocomplete="off"
          role="combobox" aria-expanded="true" :aria-label="words.box" :placeholder="words.box"
          @input="typed" @keydown="key">
        <div ref="hits" class="hits" role="listbox"></div>
      </div>
    </div>
  </div>`,
  data() {
    return { shown: false };
  },
  mounted() {
    this.heard = (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector(".q-dialog")) return;
      event.preventDefault();
      this.open();
    };
    document.addEventListener("keydown", this.heard);
  },
  beforeUnmount() {
    document.removeEventListener("keydown", this.heard);
  },
  methods: {
    open() {
      this.shown = true;
      this.back = document.activeElement;
      this.$nextTick(() => {
        this.$refs.box.focus();
        this.$refs.box.select();
        this.ask();
      });
    },
    close() {
      this.shown = false;
      this.back?.focus?.();
    },
    typed() {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.ask(), PAUSE_MS);
    },
    ask() {
      this.asked = this.$refs.box.value;
      this.$emit("ask", this.asked);
    },
    tell(query, hits) {
      if (query !== this.asked) return; // an older question's answer
      this.told = query;
      this.$refs.hits.replaceChildren(...hits.map((hit) => window.menweiBuild(hit)));
      this.choose(0);
    },
    choose(at) {
      const hits = [...this.$refs.hits.querySelectorAll("a")];
      this.at = Math.max(0, Math.min(at, hits.length - 1));
      hits.forEach((hit, number) => hit.setAttribute("aria-selected", String(number === this.at)));
      hits[this.at]?.scrollIntoView({ block: "nearest" });
    },
    key(event) {
      if (event.key === "Escape") this.close();
      else if (event.key === "ArrowDown") this.choose(this.at + 1);
      else if (event.key === "ArrowUp") this.choose(this.at - 1);
      else if (event.key === "Enter") this.go();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    go() {
      if (this.told !== this.$refs.box.value) {
        setTimeout(() => this.shown && this.go(), PAUSE_MS); // typed faster than answered
        return;
      }
      const hit = this.$refs.hits.querySelectorAll("a")[this.at];
      if (hit) window.location.href = hit.getAttribute("href");
    },
  },
};
