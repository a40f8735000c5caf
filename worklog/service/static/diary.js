// The diary by keyboard, mouse and thumb. Without it, check boxes, links and pages do the same.
"use strict";
(() => {
  document.documentElement.classList.add("script");
  const grid = document.querySelector("[data-grid]");
  const box = document.querySelector("[data-box]");
  const keys = document.querySelector("[data-keys]");

  // --- Redacting: boxes drawn on the picture, in its own pixels ---------------------------

  function canvas(root) {
    const place = root.querySelector("[data-canvas]");
    if (!place) return;
    const svg = place.querySelector("svg");
    const field = root.querySelector("input[name=boxes]");
    const { width, height } = svg.viewBox.baseVal;
    let from = null;
    let drawn = null;
    const at = (event) => {
      const edge = place.getBoundingClientRect();
      const across = (event.clientX - edge.left) / edge.width;
      const down = (event.clientY - edge.top) / edge.height;
      return [Math.round(Math.min(1, Math.max(0, across)) * width), Math.round(Math.min(1, Math.max(0, down)) * height)];
    };
    const shape = (one, other) => [Math.min(one[0], other[0]), Math.min(one[1], other[1]), Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1])];
    const put = (rect, [x, y, w, h]) => Object.entries({ x, y, width: w, height: h }).forEach(([name, value]) => rect.setAttribute(name, value));
    const draw = () => {
      svg.replaceChildren(...field.value.split(/\s+/).filter((text) => /^\d+,\d+,\d+,\d+$/.test(text)).map((text) => {
        const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        put(rect, text.split(",").map(Number));
        return rect;
      }));
    };
    place.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      place.setPointerCapture(event.pointerId);
      from = at(event);
      drawn = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      svg.append(drawn);
    });
    place.addEventListener("pointermove", (event) => { if (drawn) put(drawn, shape(from, at(event))); });
    place.addEventListener("pointerup", (event) => {
      if (!drawn) return;
      const found = shape(from, at(event));
      drawn = null;
      if (found[2] > 3 && found[3] > 3) field.value = `${field.value} ${found.join(",")}`.trim();
      draw();
    });
    field.addEventListener("input", draw);
    draw();
  }

  canvas(document);
  if (!grid) return;

  // --- What is chosen ---------------------------------------------------------------------

  const segments = Array.from(grid.querySelectorAll(".segment"));
  const bar = grid.querySelector("[data-selection]");
  const sum = bar.querySelector("[data-sum]");
  const live = (number) => segments[number]?.querySelector("input");
  let current = 0;
  let anchor = 0;

  const hours = (seconds) => `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}`;
  function money(minor) {
    const digits = Number(grid.dataset.digits);
    const text = (minor / 10 ** digits).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return grid.dataset.currency ? ` · ${text} ${grid.dataset.currency}` : "";
  }
  const chosen = () => segments.filter((segment) => segment.querySelector("input")?.checked);
  function tell() {
    const found = chosen();
    for (const segment of segments) segment.classList.toggle("chosen", found.includes(segment));
    grid.classList.toggle("choosing", found.length > 0);
    bar.classList.toggle("some", found.length > 0);
    const total = (name) => found.reduce((all, segment) => all + Number(segment.dataset[name]), 0);
    if (found.length) sum.textContent = `${found.length} ${found.length === 1 ? "segment" : "segments"} · ${hours(total("seconds"))}${money(total("minor"))}`;
  }
  function set(number, is) {
    const input = live(number);
    if (input) input.checked = is;
  }
  function setAll(is) {
    segments.forEach((_, number) => set(number, is));
    tell();
  }
  function range(from, to, is = true) {
    for (let number = Math.min(from, to); number <= Math.max(from, to); number += 1) set(number, is);
    tell();
  }
  function focus(number) {
    current = Math.max(0, Math.min(segments.length - 1, number));
    segments.forEach((segment, place) => { segment.querySelector(".open").tabIndex = place === current ? 0 : -1; });
    segments[current].querySelector(".open").focus({ preventScroll: true });
    segments[current].scrollIntoView({ block: "nearest" });
  }
  // Up and down go to the segment that is nearest below or above on the screen.
  function vertical(step) {
    const rect = (number) => segments[number].getBoundingClientRect();
    const here = rect(current);
    let best = -1;
    for (let number = current + step; segments[number]; number += step) {
      const there = rect(number);
      if (Math.abs(there.top - here.top) < 4) continue;
      if (best >= 0 && Math.abs(there.top - rect(best).top) > 4) break;
      if (best < 0 || Math.abs(there.left - here.left) < Math.abs(rect(best).left - here.left)) best = number;
    }
    return best < 0 ? current : best;
  }

  segments.forEach((segment, number) => {
    const open = segment.querySelector(".open");
    open.tabIndex = number ? -1 : 0;
    const input = live(number);
    if (input) input.tabIndex = -1;
    open.addEventListener("focus", () => { current = number; });
  });
  bar.querySelector("[data-clear]").hidden = false;
  bar.querySelector("[data-clear]").addEventListener("click", () => setAll(false));
  document.querySelector("[data-help]").hidden = false;
  document.querySelector("[data-help]").addEventListener("click", () => keys.showModal());

  // --- Mouse and thumb --------------------------------------------------------------------

  const numberAt = (target) => segments.indexOf(target.closest?.(".segment"));
  let dragged = null;
  let held = null;
  let swallow = false; // the click that ends a drag or a long press opens nothing
  grid.addEventListener("pointerdown", (event) => {
    const number = numberAt(event.target);
    swallow = false;
    if (number < 0 || event.button || event.target.closest(".pick")) return;
    if (event.pointerType === "mouse") {
      dragged = { number, x: event.clientX, y: event.clientY, isMoving: false, before: segments.map((_, place) => Boolean(live(place)?.checked)) };
    } else {
      held = setTimeout(() => {
        held = null;
        swallow = true;
        set(number, !live(number)?.checked);
        anchor = number;
        tell();
        navigator.vibrate?.(10);
      }, 450);
    }
  });
  const letGo = () => { clearTimeout(held); held = null; };
  grid.addEventListener("pointermove", (event) => {
    if (held && (Math.abs(event.movementX) > 6 || Math.abs(event.movementY) > 6)) letGo();
    if (!dragged) return;
    if (!dragged.isMoving && Math.hypot(event.clientX - dragged.x, event.clientY - dragged.y) < 8) return;
    const over = numberAt(document.elementFromPoint(event.clientX, event.clientY) || grid);
    if (over < 0 || (!dragged.isMoving && over === dragged.number)) return;
    dragged.isMoving = true;
    swallow = true;
    dragged.before.forEach((is, place) => set(place, is));
    range(dragged.number, over);
  });
  document.addEventListener("pointerup", () => { dragged = null; letGo(); });
  document.addEventListener("pointercancel", () => { dragged = null; letGo(); });
  grid.addEventListener("contextmenu", (event) => { if (held || swallow) event.preventDefault(); });
  grid.addEventListener("click", (event) => {
    const number = numberAt(event.target);
    if (number < 0) return;
    if (swallow) { event.preventDefault(); swallow = false; return; }
    if (event.target.matches("input")) {
      if (event.shiftKey) range(anchor, number, event.target.checked);
      anchor = current = number;
      tell();
    } else if (event.target.closest(".open")) {
      if (event.ctrlKey || event.metaKey || event.button) return;
      event.preventDefault();
      focus(number);
      if (event.shiftKey) { range(anchor, number); return; }
      // While choosing, a tap chooses, as people expect of pictures on a phone.
      if (chosen().length) { set(number, !live(number)?.checked); anchor = number; tell(); return; }
      show(segments[number].querySelector(".open").href, false);
    }
  });
  window.addEventListener("pageshow", tell);

  // --- The box: a segment large, or a form ------------------------------------------------

  const body = box.querySelector("[data-body]");
  let asked = 0;
  let large = 0; // the segment that the box is about; closing gives the focus back to another
  function fill(text, isNarrow) {
    body.innerHTML = text; // a part of our own page; see the policy in app.js
    box.classList.toggle("narrow", isNarrow);
    for (const close of body.querySelectorAll("[data-close]")) close.hidden = false;
    if (!box.open) box.showModal();
    box.scrollTop = 0;
    canvas(body);
    (body.querySelector("[aria-invalid=true]") || body.querySelector("[autofocus], select, input:not([type=hidden]), textarea"))?.focus();
  }
  async function show(address, isNarrow) {
    const turn = asked += 1;
    large = current;
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (turn !== asked) return;
    if (answer.headers.get("HX-Redirect")) { location.assign(answer.headers.get("HX-Redirect")); return; }
    const text = await answer.text();
    if (answer.ok) fill(text, isNarrow); else location.assign(address);
  }
  function act(what) {
    const found = box.open ? [segments[current]] : chosen();
    const targets = what === "add" ? [] : found.length ? found : [segments[current]];
    if (what !== "add" && !targets.some((segment) => segment?.querySelector("input"))) return;
    const query = new URLSearchParams({ day: grid.dataset.day, zone: grid.dataset.zone });
    for (const segment of targets) query.append("slot", segment.dataset.slot);
    show(`${grid.dataset.base}/${what}?${query}`, what !== "redact");
  }
  const allowed = (what) => what === "edit" || what === "add" ? Boolean(document.querySelector(`[data-do=${what}]`)) : "own" in grid.dataset;
  document.addEventListener("click", (event) => {
    const doing = event.target.closest("[data-do]");
    if (doing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); act(doing.dataset.do); }
    if (event.target.closest("dialog [data-close]")) { event.preventDefault(); box.close(); }
    if (event.target === box) box.close();
  });
  box.addEventListener("close", () => { asked += 1; body.replaceChildren(); if (segments.length) focus(large); });
  body.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-change]")) return;
    event.preventDefault();
    const button = form.querySelector(".actions button");
    button.disabled = true;
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" } });
    const next = answer.headers.get("HX-Redirect");
    if (next) {
      sessionStorage.setItem("diary-focus", segments[current]?.dataset.slot || "");
      if (next === location.pathname + location.search) location.reload(); else location.assign(next);
      return;
    }
    const text = await answer.text();
    fill(text, form.classList.contains("redact") === false);
  });
  const back = sessionStorage.getItem("diary-focus");
  if (back) {
    sessionStorage.removeItem("diary-focus");
    const number = segments.findIndex((segment) => segment.dataset.slot === back);
    if (number >= 0) focus(number);
  }

  // --- Keyboard ---------------------------------------------------------------------------

  function walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !body.querySelector(".large-segment") || event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    const next = current + step;
    if (!segments[next]) return;
    current = next;
    show(segments[next].querySelector(".open").href, false);
  }
  const deeds = { e: "edit", r: "redact", Delete: "remove", m: "add" };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || keys.open) return;
    const isTyping = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (isTyping) return;
    if (box.open) walk(event);
    if (deeds[event.key] && allowed(deeds[event.key]) && (!box.open || body.querySelector(".large-segment"))) {
      event.preventDefault();
      act(deeds[event.key]);
      return;
    }
    if (box.open) return;
    const isOnGrid = numberAt(event.target) >= 0;
    const isFree = event.target === document.body || isOnGrid;
    if (event.key === "?") keys.showModal();
    else if (event.key === "Escape") { if (chosen().length) setAll(false); }
    else if (event.key === "a" && segments.length) { setAll(true); if (!isOnGrid) focus(current); }
    else if (event.key === "[") document.querySelector("[data-key=ArrowLeft]").click();
    else if (event.key === "]") document.querySelector("[data-key=ArrowRight]").click();
    else if (event.key === " " && isOnGrid) { set(current, !live(current)?.checked); anchor = current; tell(); }
    else if (event.key.startsWith("Arrow") && segments.length && isFree) {
      if (!isOnGrid) { focus(current); event.preventDefault(); return; }
      const steps = { ArrowRight: () => current + 1, ArrowLeft: () => current - 1, ArrowDown: () => vertical(1), ArrowUp: () => vertical(-1) };
      const next = Math.max(0, Math.min(segments.length - 1, steps[event.key]()));
      if (event.shiftKey) { if (!chosen().length) anchor = current; range(anchor, next); } else anchor = next;
      focus(next);
    } else return;
    event.preventDefault();
  });
  tell();
})();
