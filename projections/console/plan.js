// The site plan: nodes become SVG by an allow list of its own, states become marks on it.
const NS = "http://www.w3.org/2000/svg";
const TAGS = new Set(["svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
  "text", "tspan", "title"]);
// Each state has a shape of its own, in a box from -10 to 10; colour comes from the style sheet.
const SHAPES = {
  closed: "M-7-8H7V8H-7Z",
  open: "M-7-8H-3V8H-7ZM3-8H7V8H3Z",
  long: "M0-9 9 0 0 9-9 0Z",
  alarm: "M0-10 10 9H-10Z",
  fire: "M0-10C2-4 8-3 8 3A8 7 0 0 1-8 3C-8-1-3-2-3-7-1-6 0-8 0-10Z",
  unknown: "M-7 0A7 7 0 1 1 7 0 7 7 0 1 1-7 0ZM-4 0A4 4 0 1 0 4 0 4 4 0 1 0-4 0Z",
  up: "M-9-6H4V6H-9ZM5-2 10-6V6L5 2Z",
  lost: "M-9-6-6-9 0-3 6-9 9-6 3 0 9 6 6 9 0 3-6 9-9 6-3 0Z",
};

function build(spec) {
  if (typeof spec === "string") return document.createTextNode(spec);
  const [tag, attributes, ...children] = spec;
  if (!TAGS.has(tag)) return document.createTextNode("");
  const node = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith("on") && !name.includes("href") && name !== "style") node.setAttribute(name, value);
  }
  node.append(...children.map(build));
  return node;
}

export default {
  props: { initial: String },
  template: `<div class="plan" role="group"></div>`,
  mounted() {
    this.apply(JSON.parse(this.initial));
    this.$el.addEventListener("click", (event) => this.open(event.target));
    this.$el.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.open(event.target);
    });
  },
  methods: {
    prepare(svg, part, subject) {
      const box = part.getBBox();
      const view = svg.viewBox.baseVal;
      const size = Math.min(Math.max(Math.min(box.width || 30, 30), view.width / 90), view.width / 28) / 22;
      const group = document.createElementNS(NS, "g");
      const mark = document.createElementNS(NS, "path");
      const title = document.createElementNS(NS, "title");
      const own = part.tagName === "g" && part.firstElementChild?.getBBox();
      const at = own || box;
      group.setAttribute("class", "mark");
      // The mark stands in its part's own coordinates, so a drawing's transforms carry it along.
      group.setAttribute("transform", `translate(${at.x + at.width / 2} ${at.y + at.height / 2}) scale(${size})`);
      group.dataset.place = subject;
      group.append(title, mark);
      (part.tagName === "g" ? part : part.parentNode).append(group);
      return { group, mark, title };
    },
    draw(root) {
      this.places = new Map();
      const svg = build(root);
      this.$el.replaceChildren(svg);
      for (const part of [...svg.querySelectorAll("[data-subject]")]) {
        const subject = part.getAttribute("data-subject");
        part.removeAttribute("data-subject"); // a thing's own tile and row are called so
        part.setAttribute("data-place", subject);
        if (!this.places.has(subject)) this.places.set(subject, this.prepare(svg, part, subject));
      }
    },
    apply({ root, states }) {
      if (root) this.draw(root);
      for (const [subject, state] of Object.entries(states)) {
        const place = this.places.get(subject);
        if (!place) continue;
        const [look, word, href] = state;
        place.group.setAttribute("class", `mark ${look}`);
        place.group.setAttribute("tabindex", look === "alarm" || look === "lost" ? "0" : "-1");
        place.group.setAttribute("role", "link");
        place.group.setAttribute("aria-label", word);
        place.mark.setAttribute("d", SHAPES[look] || SHAPES.unknown);
        place.title.textContent = word;
        place.group.dataset.state = look;
        place.group.dataset.href = href;
      }
    },
    open(target) {
      const marked = target.closest?.("[data-place]");
      const place = marked && this.places.get(marked.getAttribute("data-place"));
      const href = place?.group.dataset.href;
      if (href?.startsWith("/")) window.location.href = href;
    },
  },
};
