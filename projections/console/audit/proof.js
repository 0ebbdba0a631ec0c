// Checks in this browser, by its own cryptography, that a batch stands in the log as it was signed:
// RFC 6962 hashes, a C2SP checkpoint, Ed25519. Whoever does not believe the hub reads this file.
const BATCH = "menwei batch v1\n";
const HEADER = 148;
const SIGNATURE = 64;
const SEEN = "menwei.log"; // what this browser saw of the log: {origin, key, size, root, since}

const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
const base64 = (raw) => btoa(String.fromCharCode(...raw));
const hex = (raw) => [...raw].map((one) => one.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (one) => parseInt(one, 16));
const utf8 = (text) => new TextEncoder().encode(text);
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(parts)));
const same = (left, right) => left.length === right.length && left.every((one, at) => one === right[at]);

function joined(parts) {
  const raw = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    raw.set(one, at);
    at += one.length;
  }
  return raw;
}

const leafHash = (entry) => sha256([0], entry);
const nodeHash = (left, right) => sha256([1], left, right);

async function signed(key, signature, message) {
  const held = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", held, signature, message);
}

// RFC 9162 2.1.3.2. Numbers here are far below 2**53.
async function rootFrom(index, size, leaf, path) {
  let at = index;
  let last = size - 1;
  let root = leaf;
  for (const one of path) {
    if (last === 0) throw new Failed("path");
    if (at % 2 || at === last) {
      root = await nodeHash(one, root);
      while (at % 2 === 0 && at) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      root = await nodeHash(root, one);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  if (last) throw new Failed("path");
  return root;
}

// RFC 9162 2.1.4.2, from a tree this browser saw to the one it is shown.
async function consistent(before, after, path) {
  if (before.size === after.size) return same(before.root, after.root);
  if (before.size > after.size || !path.length) return false;
  const rest = Number.isInteger(Math.log2(before.size)) ? [before.root, ...path] : path;
  let at = before.size - 1;
  let last = after.size - 1;
  while (at % 2) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  let [older, newer] = [rest[0], rest[0]];
  for (const one of rest.slice(1)) {
    if (last === 0) return false;
    if (at % 2 || at === last) {
      [older, newer] = [await nodeHash(one, older), await nodeHash(one, newer)];
      while (at % 2 === 0 && at) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      newer = await nodeHash(newer, one);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(older, before.root) && same(newer, after.root);
}

function checkpointOf(note) {
  const end = note.lastIndexOf("\n\n");
  const [origin, size, root] = note.slice(0, end).split("\n");
  const lines = note.slice(end + 2).split("\n").filter(Boolean);
  const signatures = lines.map((line) => {
    const [, name, material] = line.split(" ");
    const raw = bytes(material);
    return { name, id: hex(raw.slice(0, 4)), body: raw.slice(4) };
  });
  return { text: note.slice(0, end + 1), origin, size: Number(size), root: bytes(root), signatures };
}

class Failed extends Error {}

async function asked(address, accept = "application/json") {
  const answer = await fetch(address, { headers: { Accept: accept }, credentials: "same-origin" });
  if (!answer.ok) throw new Failed((await answer.json().catch(() => ({}))).detail || `${answer.status}`);
  return accept === "application/json" ? answer.json() : answer.text();
}

function seen() {
  try {
    return JSON.parse(localStorage.getItem(SEEN)) || null;
  } catch {
    return null;
  }
}

// The log as it is shown must be signed by the key this browser pinned, and go on from what it saw.
async function* logSteps(checkpoint, key) {
  const id = hex((await sha256(utf8(`${checkpoint.origin}\n`), [1], bytes(key))).slice(0, 4));
  const own = checkpoint.signatures.find((one) => one.name === checkpoint.origin && one.id === id);
  const holds = own && (await signed(bytes(key), own.body, utf8(checkpoint.text)));
  yield ["checkpoint", holds, `${checkpoint.origin} · ${checkpoint.size}`];
  const others = checkpoint.signatures.filter((one) => one !== own).map((one) => one.name);
  yield ["witnesses", others.length ? null : undefined, others.join(" · ")];
  const before = seen();
  if (!before || !holds) {
    if (holds) keep(checkpoint, key, new Date().toISOString());
    yield ["first", holds ? null : undefined, hex(bytes(key)).slice(0, 16)];
    return;
  }
  yield ["pinned", before.key === key && before.origin === checkpoint.origin, before.since];
  const known = { size: before.size, root: bytes(before.root) };
  let path = [];
  if (known.size < checkpoint.size) {
    const found = await asked(`/api/v1/proof/consistency?from=${known.size}&to=${checkpoint.size}`);
    path = found.path.map(unhex);
  }
  const grows = known.size <= checkpoint.size && (await consistent(known, checkpoint, path));
  yield ["consistent", grows, `${known.size} → ${checkpoint.size}`];
  if (grows && before.key === key) keep(checkpoint, key, before.since);
}

function keep({ origin, size, root }, key, since) {
  localStorage.setItem(SEEN, JSON.stringify({ origin, key, size, root: base64(root), since }));
}

async function* batchSteps(position, index, key, words) {
  const told = await asked(`/api/v1/events/${position}/${index}`);
  const frame = bytes(told.batch.frame);
  const payload = frame.slice(HEADER, -SIGNATURE);
  yield ["frame", null, `${frame.length} B`, frame];
  yield ["payload", same(await sha256(payload), frame.slice(116, HEADER)), hex(frame.slice(116, 124))];
  const message = joined([utf8(BATCH), frame.slice(0, HEADER)]);
  yield ["signature", await signed(frame.slice(8, 40), frame.slice(-SIGNATURE), message), hex(frame.slice(8, 16))];
  const leaf = await leafHash(frame);
  yield ["leaf", null, hex(leaf)];
  if (!told.inclusion) throw new Failed(words.unsigned);
  const proof = await asked(`/api/v1/proof/${position}`, "text/plain");
  const above = proof.slice(0, proof.indexOf("\n\n")).split("\n");
  const at = above.findIndex((line) => line.startsWith("index "));
  const place = Number(above[at].slice(6));
  const checkpoint = checkpointOf(proof.slice(proof.indexOf("\n\n") + 2));
  const root = await rootFrom(place, checkpoint.size, leaf, above.slice(at + 1).map(bytes));
  yield ["inclusion", place === position - 1 && same(root, checkpoint.root), `${above.length - at - 1} · ${base64(root)}`];
  yield* logSteps(checkpoint, key);
}

async function* checkpointSteps(key) {
  yield* logSteps(checkpointOf(await asked("/tlog/checkpoint", "text/plain")), key);
}

export default {
  props: { position: Number, index: Number, logKey: String, words: Object, rawhash: String },
  data() {
    return { steps: [], state: "", why: "", frame: null, raw: null };
  },
  mounted() {
    this.check();
  },
  methods: {
    async check() {
      [this.steps, this.state, this.why] = [[], "busy", ""];
      if (!globalThis.crypto?.subtle) {
        [this.state, this.why] = ["unable", this.words.insecure];
        return;
      }
      try {
        const found = this.position ? batchSteps(this.position, this.index, this.logKey, this.words) : checkpointSteps(this.logKey);
        for await (const [name, holds, detail, frame] of found) {
          if (frame) this.frame = frame;
          this.steps.push({ name, holds, detail });
        }
        this.state = this.steps.every((one) => one.holds !== false) ? "holds" : "broken";
      } catch (error) {
        const failed = error instanceof Failed;
        [this.state, this.why] = [failed ? "unable" : "broken", failed ? error.message : String(error)];
      }
    },
    async compare(event) {
      const file = event.target.files[0];
      if (!file) return;
      const found = hex(await sha256(new Uint8Array(await file.arrayBuffer())));
      this.raw = { name: file.name, holds: found === this.rawhash, found };
    },
    anew() {
      localStorage.removeItem(SEEN);
      this.check();
    },
    dump() {
      const lines = [];
      for (let at = 0; at < this.frame.length; at += 16) {
        const row = this.frame.slice(at, at + 16);
        const text = [...row].map((one) => (one > 31 && one < 127 ? String.fromCharCode(one) : "·")).join("");
        lines.push(`${at.toString(16).padStart(5, "0")}  ${hex(row).replace(/../g, "$& ").padEnd(48)} ${text}`);
      }
      return lines.join("\n");
    },
    step(one) {
      const mark = one.holds === false ? "✕" : one.holds ? "✓" : "·";
      const look = one.holds === false ? "wrong" : one.holds ? "right" : "fact";
      return Vue.h("li", { class: look, "data-step": one.name }, [
        Vue.h("i", { "aria-hidden": "true" }, mark),
        Vue.h("b", this.words[one.name]),
        Vue.h("code", { title: one.detail }, one.detail),
      ]);
    },
  },
  render() {
    const parts = [
      Vue.h("p", { class: `verdict ${this.state}`, role: "status", "data-verdict": this.state }, this.words[this.state === "holds" && !this.position ? "grows" : this.state] || ""),
      Vue.h("ol", this.steps.map((one) => this.step(one))),
    ];
    if (this.why) parts.push(Vue.h("p", { class: "why" }, this.why));
    parts.push(Vue.h("button", { class: "slight again", type: "button", onClick: () => this.check() }, this.words.again));
    if (this.steps.some((one) => one.name === "pinned" && one.holds === false)) {
      parts.push(Vue.h("button", { class: "slight again", type: "button", onClick: () => this.anew() }, this.words.anew));
    }
    if (this.frame) {
      parts.push(Vue.h("details", [Vue.h("summary", this.words.bytes), Vue.h("pre", { class: "hex" }, this.dump())]));
    }
    if (this.rawhash) {
      const told = this.raw ? `${this.raw.name}: ${this.words[this.raw.holds ? "rawsame" : "rawother"]}` : this.words.rawnote;
      parts.push(Vue.h("div", { class: "rawfile" }, [
        Vue.h("b", this.words.raw), Vue.h("code", { title: this.rawhash }, this.rawhash),
        Vue.h("label", { class: "slight" }, [this.words.rawpick, Vue.h("input", { type: "file", onChange: (event) => this.compare(event) })]),
        Vue.h("span", { class: this.raw ? (this.raw.holds ? "right" : "wrong") : "note", "data-raw": this.raw ? String(this.raw.holds) : "" }, told),
      ]));
    }
    return Vue.h("div", { class: "proof" }, parts);
  },
};
