// Notices in a corner of the page; a screen reader says each when it comes. All texts are texts.

export function render({model}) {
  const region = document.createElement("div")
  region.setAttribute("role", "status")
  region.setAttribute("aria-live", "polite")
  const shown = new Map()

  function box(one) {
    const made = document.createElement("section"), words = document.createElement("p")
    const link = document.createElement("a"), away = document.createElement("button")
    words.textContent = one.words
    link.textContent = one.link
    link.href = one.to
    away.type = "button"
    away.textContent = "Dismiss"
    away.setAttribute("aria-label", `Dismiss: ${one.words}`)
    away.addEventListener("click", () => model.send_msg({dismiss: one.job}))
    made.append(words, link, away)
    return made
  }

  function draw() {
    const wanted = new Map(model.notices.map(one => [one.job, one]))
    for (const [job, made] of shown) if (!wanted.has(job)) { made.remove(); shown.delete(job) }
    for (const [job, one] of wanted) if (!shown.has(job)) { shown.set(job, box(one)); region.append(shown.get(job)) }
  }

  model.on("notices", draw)
  draw()
  return region
}
