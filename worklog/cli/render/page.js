"use strict";
(() => {
  const segments = Array.from(document.querySelectorAll(".segment"));
  const dialog = document.querySelector("dialog");
  const body = dialog.querySelector(".body");
  let current = -1;

  // Everything that is shown was rendered before; this only copies nodes, never text as markup.
  const open = (number) => {
    if (number < 0 || number >= segments.length) return;
    current = number;
    const more = segments[number].querySelector("template").content.cloneNode(true);
    const place = more.querySelector(".picture");
    const small = segments[number].querySelector(".shot img");
    if (place && small && !place.querySelector("img")) place.append(small.cloneNode());
    body.replaceChildren(more);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
  };
  const step = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return 0;
    if (event.key === "ArrowRight") return 1;
    if (event.key === "ArrowLeft") return -1;
    return 0;
  };
  segments.forEach((segment, number) => segment.addEventListener("click", () => open(number)));
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => segments[current]?.focus());
  document.addEventListener("keydown", (event) => {
    const move = step(event);
    if (dialog.open) {
      if (move) { event.preventDefault(); open(current + move); }
      return;
    }
    const number = segments.indexOf(document.activeElement);
    const vertical = { ArrowDown: 6, ArrowUp: -6 }[event.key] || 0;
    if (number >= 0 && (move || vertical)) {
      event.preventDefault();
      segments[Math.min(segments.length - 1, Math.max(0, number + (move || vertical)))].focus();
    }
  });
})();
