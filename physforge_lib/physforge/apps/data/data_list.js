// A list of data sets: each a link that opens it on this page, or in a tab of its own. Texts are text nodes.
export function render({ model, el }) {
  const root = document.createElement("div");
  function draw() {
    const table = document.createElement("table");
    table.setAttribute("aria-label", model.label);
    const head = table.createTHead().insertRow();
    for (const words of model.head) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = words;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const { id, cells, act } of model.rows) {
      const row = body.insertRow();
      if (id === model.chosen) row.setAttribute("aria-current", "true");
      cells.forEach((words, place) => {
        const cell = row.insertCell();
        if (place === 0 && model.opens) {
          const link = document.createElement("a");
          link.href = `data?name=${encodeURIComponent(id)}`;
          link.textContent = words;
          link.addEventListener("click", (event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            history.replaceState(null, "", link.href);
            model.send_msg({ id, act: "open" });
          });
          cell.append(link);
        } else cell.textContent = words;
      });
      if (act) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = act;
        button.setAttribute("aria-label", `${act} ${cells[0]}`);
        button.addEventListener("click", () => model.send_msg({ id, act }));
        row.insertCell().append(button);
      }
    }
    const nothing = document.createElement("p");
    nothing.textContent = model.nothing;
    root.replaceChildren(model.rows.length ? table : nothing);
  }
  for (const name of ["rows", "chosen", "nothing", "head", "opens"]) model.on(name, draw);
  draw();
  return root;
}
