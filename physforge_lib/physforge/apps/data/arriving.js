// A heading that is brought into sight, and said by a screen reader, each time that what is below it is opened.
export function render({ model, el }) {
  const heading = document.createElement("h2");
  heading.tabIndex = -1;
  heading.textContent = model.words;
  model.on("words", () => { heading.textContent = model.words; });
  model.on("arrivals", () => {
    requestAnimationFrame(() => setTimeout(() => {
      heading.focus({ preventScroll: true });
      heading.scrollIntoView({ block: "start" });
    }, 50));
  });
  return heading;
}
