// Shows a Bokeh document, and applies what changes in it. Scripts come from the kernel, once a page.

const LIBRARIES = "physforgeBokeh";

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function run(text) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    script.onload = resolve;
    script.onerror = () => reject(new Error("BokehJS could not be started"));
    document.head.append(script);
  });
}

function asked(model, question) {
  return new Promise((resolve) => {
    const answered = (message, buffers) => {
      if (message.answer === question.ask) {
        model.off("msg:custom", answered);
        resolve([message, buffers]);
      }
    };
    model.on("msg:custom", answered);
    model.send(question);
  });
}

// What a script leaves behind: another copy of it on the page will do, if it is the same.
const FOUND = {
  "bokeh.min.js": (version) => [window.Bokeh?.[version], window.Bokeh].find((one) => one?.version === version),
  "panel.min.js": () => window.Panel,
  "vtk.js": () => window.vtk,
};

async function load(model, name, version) {
  if (FOUND[name]?.(version)) return;
  const [, buffers] = await asked(model, { ask: name });
  await run(await unpacked(buffers[0]));
}

// Two figures of one page that ask at the same moment share the answer.
async function bokeh(model) {
  const version = model.get("bokeh_version");
  const shared = (window[LIBRARIES] ??= {});
  for (const name of model.get("scripts")) await (shared[`${name} ${version}`] ??= load(model, name, version));
  return FOUND["bokeh.min.js"](version);
}

function colours() {
  const probe = document.createElement("span");
  probe.style.color = "var(--jp-ui-font-color1, currentColor)";
  document.body.append(probe);
  const text = getComputedStyle(probe).color;
  probe.remove();
  const numbers = (text.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number);
  const clear = (share) => `rgba(${numbers.join(",")},${share})`;
  return { text: `rgb(${numbers.join(",")})`, grid: clear(0.15), line: clear(0.5) };
}

function paint(doc) {
  const { text, grid, line } = colours();
  const set = (one, values) => {
    for (const [name, value] of Object.entries(values)) if (name in one.properties) one[name] = value;
  };
  for (const one of doc._all_models.values()) {
    set(one, { background_fill_color: null, border_fill_color: null, outline_line_color: line });
    set(one, { axis_label_text_color: text, major_label_text_color: text, axis_line_color: line });
    set(one, { major_tick_line_color: line, minor_tick_line_color: null, label_text_color: text });
    set(one, { grid_line_color: grid, title_text_color: text });
    if (one.type === "Title") set(one, { text_color: text });
  }
}

export default {
  render({ model, el }) {
    let shown = null;
    let views = null;
    let closed = false;
    let library = null;

    const show = (document_json) => {
      views?.clear?.();
      el.replaceChildren();
      shown = library.require("document/document").Document.from_json(document_json);
      paint(shown);
      library.embed.add_document_standalone(shown, el).then((found) => {
        views = found;
      });
    };

    const take = (message, buffers) => {
      if (closed || library === null) return;
      if (message.kind === "document") show(JSON.parse(message.document));
      if (message.kind === "patch" && shown !== null) {
        const named = new Map(message.buffers.map((id, place) => [id, buffers[place].buffer ?? buffers[place]]));
        shown.apply_json_patch(JSON.parse(message.patch), named);
      }
    };

    const tell = () => {
      model.set("theme", document.body.dataset.jpThemeLight === "false" ? "dark" : "light");
      model.save_changes();
    };
    const repaint = new MutationObserver(() => {
      if (shown) paint(shown);
      tell();
    });
    repaint.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
    el.setAttribute("role", "figure");
    const name = () => el.setAttribute("aria-label", model.get("label"));
    name();
    model.on("change:label", name);
    model.on("msg:custom", take);
    tell();
    bokeh(model).then((found) => {
      library = found;
      model.send({ ask: "document" });
    });
    return () => {
      closed = true;
      repaint.disconnect();
      model.off("msg:custom", take);
      views?.clear?.();
    };
  },
};
