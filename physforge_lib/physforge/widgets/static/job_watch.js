// A job while it runs. The kernel sends what is new; every text becomes a text node.

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [560, 200, 52, 10, 10, 26];
const LOG_LINES = 200;
const SERIES = [
  { place: 1, name: "loss", css: "physforge-loss" },
  { place: 2, name: "held out", css: "physforge-held-out" },
];

function element(name, parent, attributes = {}, text = null) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  parent?.append(made);
  return made;
}

function drawn(name, parent, attributes, text = null) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  parent.append(made);
  return made;
}

function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function decades(low, high) {
  const step = Math.max(1, Math.ceil((high - low) / 5));
  const found = [];
  for (let power = Math.ceil(low); power <= high; power += step) found.push(power);
  return found;
}

function curve(svg, points) {
  svg.replaceChildren();
  const values = points.flatMap((point) => point.slice(1).filter((one) => one !== null)).map(Math.log10);
  if (points.length < 2 || values.length < 2) return false;
  const low = Math.floor(Math.min(...values));
  const high = Math.max(Math.ceil(Math.max(...values)), low + 1);
  const [first, last] = [points[0][0], Math.max(points.at(-1)[0], points[0][0] + 1)];
  const across = (step) => LEFT + ((step - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const up = (power) => TOP + ((high - power) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  for (const power of decades(low, high)) {
    drawn("line", svg, { x1: LEFT, x2: WIDTH - RIGHT, y1: up(power), y2: up(power), class: "physforge-grid" });
    drawn("text", svg, { x: LEFT - 6, y: up(power) + 4, "text-anchor": "end" }, `1e${power}`);
  }
  drawn("text", svg, { x: LEFT, y: HEIGHT - 8 }, `step ${first}`);
  drawn("text", svg, { x: WIDTH - RIGHT, y: HEIGHT - 8, "text-anchor": "end" }, String(points.at(-1)[0]));
  SERIES.forEach(({ place, name, css }, row) => {
    const known = points.filter((point) => point[place] !== null);
    const path = known.map((point) => `${across(point[0]).toFixed(1)},${up(Math.log10(point[place])).toFixed(1)}`);
    drawn("polyline", svg, { points: path.join(" "), class: css });
    drawn("text", svg, { x: WIDTH - RIGHT - 4, y: TOP + 14 + 16 * row, "text-anchor": "end", class: css }, name);
  });
  return true;
}

export default {
  render({ model, el }) {
    el.classList.add("physforge-job");
    const top = element("div", el, { class: "physforge-job-top" });
    const title = element("strong", top);
    const state = element("span", top, { role: "status" });
    const clock = element("span", top, { class: "physforge-job-clock" });
    const cancel = element("button", top, { type: "button", class: "jupyter-button" }, "Cancel");
    const bar = element("progress", el, { max: "1", "aria-label": "progress of the job" });
    const message = element("div", el);
    const error = element("div", el, { class: "physforge-job-error" });
    const svg = drawn("svg", el, { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": "losses over the steps" });
    const log = element("pre", el, { tabindex: "0", role: "log", "aria-label": "end of the log" });

    let facts = {};
    let points = [];
    let trouble = "";

    const tick = () => {
      if (facts.started) clock.textContent = duration((facts.finished ?? Date.now()) - facts.started);
    };

    const show = () => {
      title.textContent = [facts.kind, facts.inputs].filter(Boolean).join(": ");
      title.title = facts.id ?? "";
      state.textContent = (facts.state ?? "") + (facts.attempt > 1 ? ` (attempt ${facts.attempt})` : "");
      el.dataset.state = facts.state ?? "";
      // A bar without a value moves: it is not known how far the work is.
      if (facts.fraction > 0 || facts.over || facts.state !== "running") bar.value = facts.fraction ?? 0;
      else bar.removeAttribute("value");
      message.textContent = facts.message ?? "";
      error.textContent = [facts.error, trouble].filter(Boolean).join(" ");
      cancel.style.display = facts.over ? "none" : "";
      cancel.disabled = facts.state === "ending";
      tick();
    };

    const add = (lines) => {
      if (!lines?.length) return;
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
      for (const line of lines) log.append(document.createTextNode(`${line}\n`));
      while (log.childNodes.length > LOG_LINES) log.firstChild.remove();
      if (atEnd) log.scrollTop = log.scrollHeight;
    };

    const take = (news) => {
      if (news.fresh) {
        points = [];
        log.replaceChildren();
        svg.replaceChildren();
      }
      if (news.facts) facts = { ...facts, ...news.facts };
      if (news.trouble !== undefined) trouble = news.trouble;
      if (news.gone) facts = { ...facts, over: true };
      add(news.lines);
      if (news.points?.length) points.push(...news.points);
      if (news.points?.length || news.fresh) svg.style.display = curve(svg, points) ? "" : "none";
      log.style.display = log.hasChildNodes() ? "" : "none";
      show();
    };

    cancel.addEventListener("click", () => {
      cancel.disabled = true;
      model.send({ ask: "cancel" });
    });
    log.addEventListener("keydown", (event) => event.stopPropagation());
    svg.style.display = log.style.display = "none";
    model.on("msg:custom", take);
    model.send({ ask: "all" });
    const clockwork = setInterval(() => facts.over || tick(), 1000);
    return () => {
      clearInterval(clockwork);
      model.off("msg:custom", take);
    };
  },
};
