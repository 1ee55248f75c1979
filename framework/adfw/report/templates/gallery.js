/* Shows a picture of the gallery as large as the window allows; Escape, or a click, closes it. */
const Gallery = (() => {
  function open(button) {
    const dialog = document.getElementById("enlarged");
    const caption = button.closest("figure").querySelector("figcaption").cloneNode(true);
    caption.prepend(`${button.closest(".item").querySelector("h4").firstChild.textContent.trim()}: `);
    document.getElementById("enlarged-picture").replaceChildren(button.firstElementChild.cloneNode(true), caption);
    dialog.showModal();
  }

  function listen() {
    const dialog = document.getElementById("enlarged");
    document.querySelectorAll(".enlarge").forEach((button) => button.addEventListener("click", () => open(button)));
    dialog.addEventListener("click", () => dialog.close());
  }

  return { listen };
})();
