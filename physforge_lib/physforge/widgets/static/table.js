// A table with heads that sort, of which one row is picked by click or by Enter. All texts are text nodes.

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function written(cell) {
  if (cell === null) return "";
  return typeof cell === "number" ? String(Number(cell.toPrecision(4))) : cell;
}

// Rows without a value come last, whichever way the table is sorted.
function order(rows, column, sign) {
  const places = rows.map((_, place) => place);
  if (column === null) return places;
  return places.sort((a, b) => {
    const [one, other] = [rows[a][column], rows[b][column]];
    if (one === null || other === null) return (one === null) - (other === null);
    const difference = typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other));
    return sign * difference;
  });
}

export default {
  render({ model, el }) {
    let column = null;
    let sign = 1;
    el.classList.add("physforge-table");

    const pick = (place) => {
      model.set("picked", place);
      model.save_changes();
    };

    const head = (name, place) => {
      const cell = element("th", null, { scope: "col", "aria-sort": "none" });
      if (place === column) cell.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const button = element("button", name + (place === column ? (sign > 0 ? " ▲" : " ▼") : ""), { type: "button" });
      button.addEventListener("click", () => {
        sign = place === column ? -sign : 1;
        column = place;
        draw();
        el.querySelectorAll("th button")[place].focus();
      });
      cell.append(button);
      return cell;
    };

    const line = (cells, place) => {
      const picked = place === model.get("picked");
      const row = element("tr", null, { tabindex: "0", "aria-selected": String(picked), "data-row": String(place) });
      for (const cell of cells) row.append(element("td", written(cell), typeof cell === "number" ? { class: "number" } : {}));
      row.addEventListener("click", () => pick(place));
      row.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          event.stopPropagation();
          pick(place);
        }
      });
      return row;
    };

    const draw = () => {
      const rows = model.get("rows");
      const table = element("table", null, { role: "grid", "aria-label": model.get("label") });
      const top = element("tr", null);
      top.append(...model.get("heads").map(head));
      const heads = element("thead", null);
      heads.append(top);
      const body = element("tbody", null);
      body.append(...order(rows, column, sign).map((place) => line(rows[place], place)));
      table.append(heads, body);
      el.replaceChildren(table);
    };

    const mark = () => {
      for (const row of el.querySelectorAll("tbody tr")) {
        row.setAttribute("aria-selected", String(Number(row.dataset.row) === model.get("picked")));
      }
    };

    draw();
    model.on("change:rows", draw);
    model.on("change:picked", mark);
    return () => {
      model.off("change:rows", draw);
      model.off("change:picked", mark);
    };
  },
};
