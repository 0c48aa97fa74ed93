// A text with a button that copies it.

async function copied(text, box) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure origin there is no clipboard: the selection still can be copied.
    box.focus();
    box.select();
    return document.execCommand("copy");
  }
}

export default {
  render({ model, el }) {
    el.classList.add("physforge-copy");
    const box = document.createElement("textarea");
    box.readOnly = true;
    box.spellcheck = false;
    box.setAttribute("aria-label", "text to be copied");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.className = "jupyter-button";
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    const show = () => {
      box.value = model.get("text");
      box.rows = Math.min(box.value.split("\n").length, 8);
      said.textContent = "";
    };
    button.addEventListener("click", async () => {
      const done = await copied(box.value, box);
      said.textContent = done ? "Copied." : "Press Ctrl+C to copy what is selected.";
    });
    // What is typed here is not for the notebook.
    box.addEventListener("keydown", (event) => event.stopPropagation());
    el.append(box, button, said);
    show();
    model.on("change:text", show);
    return () => model.off("change:text", show);
  },
};
