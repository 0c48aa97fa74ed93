// Rows that are chosen (with shift for those between), sorted by their heads, and changed one by one.
// Whatever comes from people is the text of a node, never HTML.

function element(name, attributes = {}, text = null) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value)
  if (text !== null) made.textContent = text
  return made
}

function content(cell) {
  if (cell === null || typeof cell !== "object") return document.createTextNode(cell ?? "")
  if ("to" in cell) return element("a", {href: cell.to}, cell.text)
  if ("fraction" in cell) {
    const both = element("span", {class: "progress"})
    both.append(element("progress", {max: 1, value: cell.fraction, "aria-label": `progress: ${cell.text}`}))
    both.append(element("span", {}, cell.text))
    return both
  }
  return element("span", {class: `mark ${cell.tone}`}, cell.text)
}

export function render({model}) {
  const region = element("div", {class: "rows", role: "region", tabindex: 0, "aria-label": model.label})
  let columns = [], rows = [], anchor = null

  function row(one, index) {
    const made = element("tr", {"data-id": one.id})
    if (model.selectable) {
      const held = element("td", {class: "choose"}), label = element("label")
      const box = element("input", {type: "checkbox", "data-key": `choose ${one.id}`, "aria-label": `choose ${one.name}`})
      box.checked = model.selected.includes(one.id)
      box.addEventListener("click", event => choose(index, box.checked, event.shiftKey))
      label.append(box)
      held.append(label)
      made.append(held)
      made.classList.toggle("chosen", box.checked)
    }
    one.cells.forEach((cell, place) => {
      const column = columns[place]
      const held = element("td", {"data-label": column.title, class: column.numeric ? "number" : null})
      held.append(content(cell))
      made.append(held)
    })
    return made
  }

  function choose(index, on, between) {
    const first = between && anchor !== null ? Math.min(anchor, index) : index
    const last = between && anchor !== null ? Math.max(anchor, index) : index
    const chosen = new Set(model.selected)
    for (const one of rows.slice(first, last + 1)) on ? chosen.add(one.id) : chosen.delete(one.id)
    anchor = index
    model.selected = [...chosen]
    mark()
  }

  function chooseAll(on) {
    const chosen = new Set(model.selected)
    for (const one of rows) on ? chosen.add(one.id) : chosen.delete(one.id)
    model.selected = [...chosen]
    mark()
  }

  function mark() {
    const chosen = new Set(model.selected)
    for (const one of region.querySelectorAll("tbody tr")) {
      const box = one.querySelector("input")
      if (box === null) continue
      box.checked = chosen.has(one.dataset.id)
      one.classList.toggle("chosen", box.checked)
    }
    const all = region.querySelector("thead input")
    if (all !== null) all.checked = rows.length > 0 && rows.every(one => chosen.has(one.id))
  }

  function head() {
    const line = element("tr")
    if (model.selectable) {
      const held = element("th", {scope: "col", class: "choose"}), label = element("label")
      const box = element("input", {type: "checkbox", "data-key": "choose all", "aria-label": "choose all rows shown"})
      box.addEventListener("click", () => chooseAll(box.checked))
      label.append(box)
      held.append(label)
      line.append(held)
    }
    for (const column of columns) {
      const held = element("th", {scope: "col", class: column.numeric ? "number" : null})
      if (column.sortable) {
        const up = model.order === column.name, down = model.order === `-${column.name}`
        held.setAttribute("aria-sort", up ? "ascending" : down ? "descending" : "none")
        const button = element("button", {type: "button", "data-key": `sort ${column.name}`}, column.title)
        button.append(element("span", {"aria-hidden": "true"}, up ? " \u25b2" : down ? " \u25bc" : ""))
        button.addEventListener("click", () => { model.order = up ? `-${column.name}` : column.name })
        held.append(button)
      } else held.textContent = column.title
      line.append(held)
    }
    return line
  }

  function draw() {
    const key = region.getRootNode().activeElement?.dataset?.key
    columns = model.content.columns ?? []
    rows = [...model.content.rows ?? []]
    anchor = null
    region.setAttribute("aria-label", model.label)
    if (rows.length === 0) {
      region.replaceChildren(element("p", {}, model.nothing))
      return
    }
    const table = element("table", {"aria-label": model.label}), top = element("thead"), body = element("tbody")
    top.append(head())
    body.append(...rows.map(row))
    table.append(top, body)
    region.replaceChildren(table)
    mark()
    if (key) region.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus()
  }

  function change(changed) {
    for (const one of changed) {
      const index = rows.findIndex(known => known.id === one.id)
      if (index < 0) continue
      rows[index] = one
      const old = region.querySelector(`tr[data-id="${CSS.escape(one.id)}"]`)
      const key = old.contains(region.getRootNode().activeElement) ? region.getRootNode().activeElement.dataset.key : null
      const fresh = row(one, index)
      old.replaceWith(fresh)
      if (key) fresh.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus()
    }
  }

  model.on(["content", "order", "label"], draw)
  model.on("selected", mark)
  model.on("msg:custom", message => change(message.changed ?? []))
  draw()
  model.send_msg("ready")
  return region
}
