// A part of the screen whose rows come from the server as plain lists: [tag, attributes, ...children].
// Strings become text nodes and nothing else, so no device can write markup.
const FRESH = 6; // more new rows than this at once are not lit up: a busy gate must not flicker

const HTML = "http://www.w3.org/1999/xhtml";

// What stands in a drawing is of the drawing's namespace.
function build(spec, space = HTML) {
  if (typeof spec === "string") return document.createTextNode(spec);
  const [tag, attributes, ...children] = spec;
  const node = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "vars") {
      for (const [key, text] of Object.entries(value)) node.style.setProperty(`--${key}`, text);
    } else if (name.startsWith("on") || (name === "href" && !value.startsWith("/"))) {
      continue;
    } else {
      node.setAttribute(name, value);
    }
  }
  node.append(...children.map((child) => build(child, space)));
  return node;
}

window.menweiBuild = (spec) => build(spec); // one way from a list to an element

export default {
  props: { tag: String, initial: String },
  render() {
    return Vue.h(this.tag);
  },
  mounted() {
    this.rows = new Map();
    this.apply(JSON.parse(this.initial), true);
    this.$el.querySelector(".marked")?.scrollIntoView({ block: "center" });
    this.$el.addEventListener("click", (event) => this.act(event.target.closest("[data-act]")));
    this.$el.addEventListener("keydown", (event) => this.key(event));
    this.$el.addEventListener("focusin", (event) => this.choose(event.target));
    this.$el.addEventListener("change", (event) => {
      const go = event.target.dataset.go;
      if (!go) return;
      const to = go + encodeURIComponent(event.target.value);
      window.location.href = window.menweiKept?.(to) ?? to;
    });
  },
  methods: {
    apply({ put, order }, first = false) {
      const space = this.$el.namespaceURI;
      for (const [id, spec] of put) this.put(id, build(spec, space), !first && put.length <= FRESH);
      if (order) this.arrange(order);
      window.menweiAges?.(this.$el);
    },
    put(id, node, mark) {
      const old = this.rows.get(id);
      node.rowId = id;
      this.rows.set(id, node);
      if (!old) {
        if (mark) node.classList.add("fresh");
        return;
      }
      if (!old.isConnected) return;
      const focused = old.contains(document.activeElement) ? document.activeElement : null;
      old.replaceWith(node);
      // The list stays where it is: what is new and urgent at its top must not slip out of sight.
      if (focused) (focused === old ? node : node.querySelector("[data-act]") || node).focus({ preventScroll: true });
    },
    arrange(order) {
      const wanted = new Set(order);
      for (const [id, node] of this.rows) {
        if (wanted.has(id)) continue;
        node.remove();
        this.rows.delete(id);
      }
      let here = this.$el.firstChild;
      for (const id of order) {
        const node = this.rows.get(id);
        if (node === here) here = here.nextSibling;
        else this.$el.insertBefore(node, here);
      }
    },
    act(source) {
      if (!source || source.disabled || !this.$el.contains(source)) return;
      let row = source;
      while (row.parentNode !== this.$el) row = row.parentNode;
      this.$emit("act", source.dataset.act, row.rowId);
    },
    choose(target) {
      const row = target.closest?.("[data-choose]");
      if (!row || row.parentNode !== this.$el || row.rowId === this.chosen) return;
      clearTimeout(this.choosing); // walking through a list asks once, where it ends
      this.choosing = setTimeout(() => {
        this.chosen = row.rowId;
        this.$emit("act", "choose", row.rowId);
      }, 90);
    },
    key(event) {
      const row = event.target;
      if (row.parentNode !== this.$el) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
        if (next?.tabIndex === 0) next.focus();
        event.preventDefault();
      } else if (row.dataset.keys?.split(" ").includes(event.key === " " ? "Space" : event.key)) {
        event.preventDefault();
        this.act(row.querySelector("[data-act]"));
      }
    },
  },
};
