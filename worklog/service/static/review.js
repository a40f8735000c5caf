// Choosing segments in the review: what is chosen adds up as it is chosen.
"use strict";

function sumOf(form) {
  const chosen = [...form.querySelectorAll(".chip input:checked")];
  const add = (name) => chosen.reduce((sum, each) => sum + Number(each.dataset[name]), 0);
  const minutes = Math.floor(add("seconds") / 60);
  const words = [`${chosen.length} ${chosen.length === 1 ? "segment" : "segments"} chosen`];
  if (minutes) words.push(`${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`);
  const digits = Number(form.dataset.digits);
  if (form.dataset.currency && add("minor")) {
    const amount = (add("minor") / 10 ** digits).toLocaleString("en", {
      minimumFractionDigits: digits, maximumFractionDigits: digits,
    });
    words.push(`${amount} ${form.dataset.currency}`);
  }
  form.querySelector("[data-sum]").textContent = chosen.length ? words.join(" · ") : "";
  form.querySelector("[data-needs]").disabled = !chosen.length;
}

// A click on what a run says chooses all of it, or none.
function chooseRun(said) {
  const boxes = [...said.closest(".run").querySelectorAll(".chip input")];
  const isAll = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !isAll;
}

for (const form of document.querySelectorAll("form[data-choose]")) {
  for (const said of form.querySelectorAll(".run")) {
    if (said.querySelectorAll(".chip input").length < 2) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small plain";
    button.textContent = "choose all";
    button.setAttribute("aria-label", `Choose all of ${said.querySelector(".said b").textContent}`);
    button.addEventListener("click", () => { chooseRun(button); sumOf(form); });
    said.querySelector(".said").append(" ", button);
  }
  form.addEventListener("change", () => sumOf(form));
  sumOf(form);
}
