// A drop zone that sends files in chunks to the apps, goes on where it was cut off, and says in words how it is.
// Names and sentences are text nodes, never HTML. The SHA-256 of all bytes is computed here, also where the page has
// no secure context and so no crypto.subtle, which could not do it bit by bit anyway.

const CHUNK = 2 ** 20 * 2;
const ATTEMPTS = 6;

const ROUND = (() => {
  // The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
  const found = [];
  for (let n = 2; found.length < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
    if (prime) found.push(n);
  }
  const part = (value) => ((value - Math.floor(value)) * 2 ** 32) | 0;
  return { k: Int32Array.from(found, (p) => part(Math.cbrt(p))), h: found.slice(0, 8).map((p) => part(Math.sqrt(p))) };
})();

export class Sha256 {
  constructor() {
    this.state = Int32Array.from(ROUND.h);
    this.words = new Int32Array(64);
    this.rest = new Uint8Array(64);
    this.used = 0;
    this.length = 0;
  }

  update(bytes) {
    this.length += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      if (this.used === 0 && bytes.length - at >= 64) {
        this.block(bytes, at);
        at += 64;
        continue;
      }
      const take = Math.min(64 - this.used, bytes.length - at);
      this.rest.set(bytes.subarray(at, at + take), this.used);
      this.used += take;
      at += take;
      if (this.used === 64) { this.block(this.rest, 0); this.used = 0; }
    }
  }

  block(bytes, at) {
    const w = this.words, k = ROUND.k, s = this.state;
    for (let i = 0; i < 16; i++, at += 4) {
      w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
      const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = s;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
  }

  hex() {
    const total = this.length;
    const end = new Uint8Array((this.used < 56 ? 64 : 128) - this.used);
    end[0] = 0x80;
    new DataView(end.buffer).setUint32(end.length - 8, Math.floor(total / 2 ** 29));
    new DataView(end.buffer).setUint32(end.length - 4, (total * 8) % 2 ** 32);
    this.update(end);
    return Array.from(this.state, (one) => (one >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || `The workbench answered ${status}.`);
    this.status = status;
    this.kind = String(problem.type || "").split(":").pop();
    this.problem = problem;
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function amount(bytes) {
  for (const unit of ["bytes", "kB", "MB", "GB"]) {
    if (bytes < 1000) return `${unit === "bytes" ? bytes : bytes.toPrecision(3)} ${unit}`;
    bytes /= 1000;
  }
  return `${bytes.toPrecision(3)} TB`;
}

async function ask(task, method, path, body, query = "") {
  const headers = { "X-PhysForge-Ticket": task.ticket };
  if (body && !(body instanceof Uint8Array)) { headers["Content-Type"] = "application/json"; body = JSON.stringify(body); }
  for (let attempt = 1; ; attempt++) {
    let answer = null;
    try {
      answer = await fetch(`${task.address}${path}${query}`, { method, headers, body, signal: task.stop.signal });
      const document = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
      if (answer.ok) return document;
      if (answer.status < 502 || attempt >= ATTEMPTS) throw new Refused(answer.status, document);
    } catch (error) {
      if (error instanceof Refused || task.stop.signal.aborted || attempt >= ATTEMPTS) throw error;
    }
    task.say(`The connection is away; trying again (${attempt} of ${ATTEMPTS - 1}).`, "wait");
    await pause(Math.min(500 * 2 ** (attempt - 1), 4000));
  }
}

async function send(task) {
  const { file } = task;
  const key = `${file.name}/${file.size}/${file.lastModified}`;
  const wanted = { file_name: file.name, size: file.size, key, choice: task.choice, dataset_id: task.dataset || null };
  const upload = await ask(task, "POST", "", wanted);
  task.upload = upload.id;
  const hash = new Sha256();
  let hashed = 0, offset = upload.offset;
  const chunk = Math.min(CHUNK, upload.chunk_bytes);
  if (offset > 0) task.say(`Going on from ${amount(offset)}.`);
  while (hashed < file.size) {
    const bytes = new Uint8Array(await file.slice(hashed, hashed + chunk).arrayBuffer());
    if (!bytes.length) throw new Error("The file became shorter while it was sent; choose it again.");
    hash.update(bytes);
    if (hashed + bytes.length > offset) {
      const part = bytes.subarray(Math.max(offset - hashed, 0));
      const answer = await ask(task, "PUT", `/${upload.id}`, part, `?offset=${Math.max(offset, hashed)}`);
      offset = answer.offset;
    }
    hashed += bytes.length;
    task.progress(Math.min(offset, hashed), file.size);
  }
  task.say("All of it is there; it is being kept.");
  return await ask(task, "POST", `/${upload.id}/complete`, { sha256: hash.hex() });
}

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && name !== "role") made[name] = value; else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function sentence(error, task) {
  if (task.stop.signal.aborted) return "Stopped; what was sent is thrown away.";
  if (error instanceof Refused) return error.message;
  if (error instanceof TypeError) {
    return `The upload was cut off after ${amount(task.sent)} of ${amount(task.file.size)}; go on when the connection is back.`;
  }
  if (error.name === "NotReadableError" || error.name === "NotFoundError") {
    return "The file cannot be read any more; was it changed or moved? Choose it again.";
  }
  return error.message;
}

export function render({ model, el }) {
  const picker = element("input", { type: "file", multiple: true, accept: model.accept, tabIndex: -1, hidden: true });
  picker.setAttribute("aria-hidden", "true");
  const choose = element("button", { type: "button", className: "choose" }, "Choose files");
  const hint = element("p", {}, "Drop files here, or choose them. Each is checked as soon as it is there.");
  const list = element("ul", { "aria-label": "Uploads" });
  const zone = element("div", { className: "zone" }, hint, choose, picker);
  const root = element("section", { "aria-label": "Upload" }, zone, list);
  const waiting = [];
  let busy = false, number = 0;

  async function work() {
    if (busy) return;
    busy = true;
    try {
      while (waiting.length) await run(waiting.shift());
    } finally {
      busy = false;
    }
  }

  function buttons(task, ...pairs) {
    task.acts.replaceChildren(...pairs.map(([words, act]) => {
      const made = element("button", { type: "button" }, words);
      made.setAttribute("aria-label", `${words}: ${task.file.name}`);
      made.addEventListener("click", act);
      return made;
    }));
  }

  function again(task, choice) {
    if (choice !== undefined) task.choice = choice;
    task.stop = new AbortController();
    task.say("Waiting for its turn.");
    waiting.push(task);
    work();
  }

  function drop(task) {
    task.stop.abort();
    const place = waiting.indexOf(task);
    if (place >= 0) waiting.splice(place, 1);
    if (task.upload) {
      fetch(`${task.address}/${task.upload}`, { method: "DELETE", headers: { "X-PhysForge-Ticket": task.ticket } }).catch(() => {});
      task.upload = null;
    }
    task.say("Stopped; what was sent is thrown away.");
    buttons(task, ["Remove from this list", () => task.row.remove()]);
  }

  async function run(task) {
    if (!task.row.isConnected || task.stop.signal.aborted) return;
    task.row.dataset.state = "sending";
    task.bar.hidden = false;
    buttons(task, ["Stop", () => drop(task)]);
    try {
      const version = await send(task);
      task.row.dataset.state = "done";
      task.progress(task.file.size, task.file.size);
      task.bar.hidden = true;
      task.say(`Kept as ${version.name}, version ${version.number}. It is being checked.`);
      buttons(task);
      model.send_msg({ kind: "kept", task: task.id, dataset: version.dataset_id, version: version.number });
    } catch (error) {
      if (task.stop.signal.aborted) return;
      task.bar.hidden = true;
      task.say(sentence(error, task), "error");
      const given_up = ["Give up", () => drop(task)];
      if (error instanceof Refused && error.kind === "name-known") {
        const { version, free } = error.problem;
        const choices = [[`Keep as ${free}`, () => again(task, "new")], given_up];
        if (version) choices.unshift([`Add as version ${version}`, () => again(task, "version")]);
        buttons(task, ...choices);
      } else if (error instanceof Refused && [401, 403].includes(error.status)) {
        const link = element("a", { href: model.login }, "Log in again");
        task.acts.replaceChildren(link);
      } else if (error instanceof Refused && error.kind === "differs") {
        if (task.upload) await fetch(`${task.address}/${task.upload}`, { method: "DELETE", headers: { "X-PhysForge-Ticket": task.ticket } }).catch(() => {});
        buttons(task, ["Send it again", () => again(task)], given_up);
      } else if (error instanceof Refused && error.status < 500) {
        buttons(task, ["Try again", () => again(task)], ["Remove from this list", () => drop(task) || task.row.remove()]);
      } else {
        buttons(task, ["Go on", () => again(task)], given_up);
      }
    }
  }

  function add(file) {
    const words = element("p", { role: "status", className: "words" }, "Waiting for its turn.");
    const bar = element("progress", { max: 1, value: 0, hidden: true, "aria-label": `Sent of ${file.name}` });
    const acts = element("div", { className: "acts" });
    const findings = element("ul", { className: "findings", "aria-label": `Findings of ${file.name}` });
    const row = element("li", {}, element("strong", {}, file.name), ` (${amount(file.size)})`, bar, words, findings, acts);
    const task = {
      id: String(number++), file, row, bar, acts, findings, choice: "", dataset: model.dataset, upload: null, sent: 0,
      address: model.address, ticket: model.ticket, stop: new AbortController(),
      say(text, state = "") { words.textContent = text; row.dataset.state = state || row.dataset.state || ""; if (!state) row.dataset.state = "sending"; },
      progress(sent, size) { this.sent = sent; bar.value = size ? sent / size : 1; words.textContent = `${amount(sent)} of ${amount(size)}`; row.dataset.state = "sending"; },
    };
    row.dataset.task = task.id;
    list.append(row);
    const ending = file.name.includes(".") ? `.${file.name.split(".").pop().toLowerCase()}` : "";
    if (file.size === 0) task.say("The file is empty.", "error");
    else if (!model.accept.split(",").includes(ending)) {
      task.say(`Files ending in ${ending || "nothing"} are not taken; these are: ${model.accept.replaceAll(",", " ")}`, "error");
    } else if (model.largest && file.size > model.largest) {
      task.say(`The file has ${amount(file.size)}; there is room for ${amount(model.largest)}. Make room in the trash, or ask for more.`, "error");
    } else { waiting.push(task); buttons(task, ["Stop", () => drop(task)]); work(); return; }
    buttons(task, ["Remove from this list", () => row.remove()]);
  }

  choose.addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => { for (const one of picker.files) add(one); picker.value = ""; });
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    for (const one of event.dataTransfer.files) add(one);
  });
  model.on("msg:custom", (event) => {
    const { task, words, findings, verdict, link } = event.data ?? event;
    const row = [...list.children].find((one) => one.dataset.task === task);
    if (!row) return;
    row.dataset.state = verdict === "problem" ? "error" : verdict ? "done" : row.dataset.state;
    row.querySelector(".words").textContent = words;
    if (findings) row.querySelector(".findings").replaceChildren(...findings.map((one) => element("li", {}, one)));
    if (link) {
      const open = element("button", { type: "button" }, "Open it");
      open.addEventListener("click", () => model.send_msg({ kind: "open", dataset: link }));
      const remove = element("button", { type: "button" }, "Remove from this list");
      remove.addEventListener("click", () => row.remove());
      row.querySelector(".acts").replaceChildren(open, remove);
    }
  });
  return root;
}
