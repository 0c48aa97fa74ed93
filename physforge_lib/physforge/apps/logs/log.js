// The end of a log: what comes is appended as text; whoever has scrolled back stays there.

const MOST = 400000

export function render({model}) {
  const shown = document.createElement("pre")
  shown.setAttribute("role", "log")
  shown.setAttribute("tabindex", "0")
  shown.setAttribute("aria-live", "off")
  shown.setAttribute("aria-label", model.label)
  let length = 0

  function add(text) {
    const atEnd = shown.scrollHeight - shown.scrollTop - shown.clientHeight < 24
    shown.append(document.createTextNode(text))
    length += text.length
    while (length > MOST && shown.childNodes.length > 1) {
      length -= shown.firstChild.textContent.length
      shown.firstChild.remove()
    }
    if (atEnd) shown.scrollTop = shown.scrollHeight
  }

  function begin() {
    shown.replaceChildren()
    length = 0
    add(model.text)
  }

  model.on("text", begin)
  model.on("msg:custom", message => add(message.added))
  begin()
  model.send_msg("ready")
  return shown
}
