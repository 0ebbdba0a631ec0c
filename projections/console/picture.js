// A picture that is evidence: <menwei-picture sha256 event-id state>, wherever rows are drawn. Who
// looks says why and for whom; the hub writes that down and only then gives the bytes, which are
// hashed here once more before anybody sees them.
const UNIT = "menwei.unit"; // whom one looks for changes seldom
const SHOWN = ["image/jpeg", "image/png", "image/webp", "video/mp4"];
let words = {};

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function choice(name, label, options, chosen) {
  const drawn = options.map(([value, word]) => make("option", value === chosen ? { value, selected: "" } : { value }, word));
  return make("label", {}, make("em", {}, label), make("select", { name }, ...drawn));
}

function field(name, label, most, value = "") {
  return make("label", {}, make("em", {}, label), make("input", { name, maxlength: most, value, autocomplete: "off" }));
}

async function digest(bytes) {
  if (!crypto.subtle) return null; // a page that did not come over HTTPS may not hash
  const found = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(found), (one) => one.toString(16).padStart(2, "0")).join("");
}

class Picture extends HTMLElement {
  connectedCallback() {
    if (this.made || !this.hasAttribute("may")) return;
    this.made = true;
    this.asks = make("button", { type: "button", class: "slight look" }, words.look);
    this.asks.addEventListener("click", () => this.ask());
    this.said = make("p", { class: "said", role: "status" });
    this.append(this.asks, this.said);
    this.addEventListener("keydown", (event) => event.stopPropagation()); // not the desk's keys
  }
  disconnectedCallback() {
    if (this.url) URL.revokeObjectURL(this.url);
  }
  ask() {
    if (this.form) return;
    this.asks.hidden = true;
    this.form = make(
      "form",
      { class: "looking" },
      make("p", { class: "note" }, words.record),
      choice("word", words.reason, words.reasons, ""),
      field("free", words.free, 200),
      field("unit", words.unit, 100, localStorage.getItem(UNIT) || ""),
      choice("for", words.requester, words.requesters, "internal"),
      field("person", words.person, 100),
      field("purpose", words.purpose, 100),
      make(
        "div",
        { class: "buttons" },
        make("button", { type: "submit", class: "slight yes", value: "view" }, words.view),
        make("button", { type: "submit", class: "slight", value: "export" }, words.export),
        make("button", { type: "button", class: "slight no" }, words.cancel),
      ),
    );
    this.form.querySelector(".no").addEventListener("click", () => this.close());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.look(event.submitter?.value === "export");
    });
    this.insertBefore(this.form, this.said);
    this.form.elements.word.focus();
  }
  close() {
    this.form?.remove();
    this.form = null;
    this.asks.hidden = false;
    this.asks.focus();
  }
  say(key, bad = false) {
    this.said.textContent = words[key] || key;
    this.said.classList.toggle("bad", bad);
  }
  async look(leaves) {
    const told = Object.fromEntries(new FormData(this.form));
    const reason = (told.free || "").trim() || told.word;
    const unit = (told.unit || "").trim();
    if (!reason || !unit) {
      this.say("needed", true);
      return;
    }
    localStorage.setItem(UNIT, unit);
    const name = this.getAttribute("sha256");
    const event = this.getAttribute("event-id") || "";
    const asked = { reason, unit, for: told.for, person: told.person, purpose: told.purpose, event, export: leaves };
    this.say("loading");
    try {
      const answer = await fetch(`/api/v1/media/${name}/look`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(asked),
        credentials: "same-origin",
        cache: "no-store",
      });
      if (!answer.ok) {
        const why = (await answer.json().catch(() => ({}))).detail || "";
        this.say(`status${answer.status}` in words ? `status${answer.status}` : "failed", true);
        this.said.title = why;
        return;
      }
      const bytes = await answer.arrayBuffer();
      const found = await digest(bytes);
      if (found !== null && found !== name) {
        this.say("unlike", true);
        return;
      }
      this.close();
      this.show(new Blob([bytes], { type: answer.headers.get("content-type") || "" }), name, leaves);
      this.mark(found !== null);
    } catch (error) {
      this.say("failed", true);
      this.said.title = String(error);
    }
  }
  show(blob, name, leaves) {
    this.querySelector(".shown")?.remove();
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(blob);
    const visible = SHOWN.includes(blob.type);
    if (leaves || !visible) make("a", { href: this.url, download: `${name}.${blob.type.split("/").pop() || "bin"}` }).click();
    if (leaves || !visible) return;
    const drawn = blob.type.startsWith("video/")
      ? make("video", { class: "shown", src: this.url, controls: "" })
      : make("img", { class: "shown", src: this.url, alt: words.alt });
    this.insertBefore(drawn, this.said);
  }
  mark(hashed) {
    this.dataset.checked = hashed ? "yes" : "no";
    this.say(hashed ? "checked" : "unchecked");
  }
}

export default {
  props: { words: Object },
  template: "<span hidden></span>",
  created() {
    words = this.words;
    if (!customElements.get("menwei-picture")) customElements.define("menwei-picture", Picture);
  },
};
