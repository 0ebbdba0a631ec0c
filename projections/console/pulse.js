// The heartbeat of a page: hands every update to its region, ages the times, and says plainly
// when the picture is no longer current.
const SILENT_MS = 6000; // the server beats every 2 s
const CHECK_MS = 5000;

function age(ms, words) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return words.s.replace("#", s);
  if (s < 3600) return words.min.replace("#", Math.floor(s / 60));
  if (s < 86400) return words.h.replace("#", Math.floor(s / 3600));
  return words.d.replace("#", Math.floor(s / 86400));
}

function clock(ms) {
  const s = Math.ceil(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  return hours ? `${hours}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

export default {
  props: { tag: String, initial: String },
  template: `<span class="pulse" role="status" :data-link="link">
    <i class="dot"></i><b>{{ past && link === "live" ? words.past : words[link] }}</b>
    <span class="pair"><em>{{ words.position }}</em><span class="num">{{ position }}</span></span>
    <span class="pair"><em>{{ words.changed }}</em><span class="num">{{ since }}</span></span>
    <span class="pair" :data-short="up < total"><em>{{ words.uplinks }}</em
      ><span class="num">{{ up }}/{{ total }}</span></span>
    <span class="num clock"><span class="date">{{ clock.slice(0, 11) }}</span>{{ clock.slice(11) }}</span>
  </span>`,
  data() {
    const start = JSON.parse(this.initial);
    return { ...start, link: "live", since: "", clock: "" };
  },
  mounted() {
    this.heard = Date.now();
    this.lead = this.now - this.heard; // server clock minus browser clock
    this.face = new Intl.DateTimeFormat("sv-SE", {
      timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium",
    });
    window.menweiAges = (root) => this.ages(root);
    this.beat = setInterval(() => this.watch(), 1000);
    this.show();
    this.ages(document);
  },
  beforeUnmount() {
    clearInterval(this.beat);
  },
  methods: {
    deliver(update) {
      this.heard = Date.now();
      this.lead = update.now - this.heard;
      Object.assign(this, update.head);
      this.now = update.now;
      for (const [id, rows] of Object.entries(update.regions)) getElement(id)?.apply(rows);
      for (const [id, options] of Object.entries(update.charts)) this.draw(id, options, 20);
      this.link = "live";
      this.show();
    },
    draw(id, options, tries) {
      const chart = getElement(id)?.chart;
      if (chart) chart.setOption(options);
      else if (tries > 0) setTimeout(() => this.draw(id, options, tries - 1), 100);
    },
    show() {
      const now = this.at();
      this.since = this.changedAt ? age(now - this.changedAt, this.words) : "–";
      this.clock = this.face.format(now);
      const header = document.querySelector("header");
      if (header) header.dataset.position = this.position;
      const banner = document.getElementById("banner");
      if (banner) banner.hidden = this.link === "live";
    },
    at() {
      return this.past ? this.now : Date.now() + this.lead; // in the past no time goes by
    },
    ages(root) {
      const now = this.at();
      for (const node of root.querySelectorAll("time[data-at]")) {
        const text = age(now - Number(node.dataset.at), this.words);
        if (node.textContent !== text) node.textContent = text;
      }
      for (const node of root.querySelectorAll("time[data-until]")) {
        const left = Number(node.dataset.until) - now;
        const text = left > 0 ? clock(left) : "0:00";
        if (node.textContent !== text) node.textContent = text;
        node.toggleAttribute("data-due", left <= 60000);
      }
    },
    watch() {
      const cut = window.socket && !window.socket.connected;
      if (cut || Date.now() - this.heard > SILENT_MS) {
        this.link = "lost";
        this.check();
      }
      this.show();
      this.ages(document);
    },
    async check() {
      if (Date.now() - (this.checked || 0) < CHECK_MS) return;
      this.checked = Date.now();
      try {
        const answer = await fetch("/signin/state");
        if (answer.status === 401) window.location.href = this.signin;
      } catch {
        // no network: the banner already says so
      }
    },
  },
};
