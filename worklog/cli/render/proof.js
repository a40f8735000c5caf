"use strict";
// Shows a proof and checks it, from nothing but the value inside this page. What is shown is
// what is checked: every word on the page is read from that value.
(() => {
  const encoder = new TextEncoder();
  const FIELD = "worklog part field 1\0";
  const MANIFEST = "worklog proof 1\0";

  // --- Bytes ------------------------------------------------------------------------------

  const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const ofHex = (text) => {
    if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) throw new Error("not hexadecimal");
    return Uint8Array.from(text.match(/../g) || [], (pair) => Number.parseInt(pair, 16));
  };
  const ofBase64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const joined = (...parts) => {
    const all = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
    const bytes = new Uint8Array(all.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of all) { bytes.set(part, at); at += part.length; }
    return bytes;
  };
  const sha256 = async (...parts) => toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts))));
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  // RFC 8785; strings and order of names are those of this language.
  const canonical = (value) => {
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (!isObject(value)) return JSON.stringify(value);
    return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  };
  const isSigned = async (key, signature, ...parts) => {
    try {
      const known = await crypto.subtle.importKey("raw", ofHex(key), { name: "Ed25519" }, false, ["verify"]);
      return await crypto.subtle.verify({ name: "Ed25519" }, known, ofHex(signature), joined(...parts));
    } catch (error) {
      if (error.name === "NotSupportedError") throw error;
      return false;
    }
  };

  // --- The checks -------------------------------------------------------------------------

  const leaves = function* leaves(value, path = "") {
    const join = (name) => (path ? `${path}/${name}` : name);
    if (isObject(value) && Object.keys(value).length) {
      for (const name of Object.keys(value)) yield* leaves(value[name], join(name.replaceAll("~", "~0").replaceAll("/", "~1")));
    } else if (Array.isArray(value) && value.some(isObject)) {
      for (const [number, member] of value.entries()) yield* leaves(member, join(String(number)));
    } else {
      yield [path, value];
    }
  };

  const checkManifest = async (sealed, say) => {
    const proof = isObject(sealed.proof) ? sealed.proof : {};
    const manifest = new Map(Object.entries(isObject(sealed.manifest) ? sealed.manifest : {}));
    if (!await isSigned(proof.key, sealed.signature, MANIFEST, canonical(sealed.manifest))) {
      say("manifest", "the signature over the whole does not hold");
    }
    for (const [path, leaf] of leaves(proof)) {
      if (manifest.get(path) !== await sha256(canonical(leaf))) say(path, "was changed after the proof was made");
      manifest.delete(path);
    }
    for (const path of manifest.keys()) say(path, "is missing");
  };

  const captureAt = (proof, part, position) => proof.segments
    .flatMap((segment) => segment.captures)
    .find((capture) => capture.part === part && String(capture.position) === position);

  const checkPart = async (proof, number, say, count) => {
    const part = proof.parts[number];
    const path = `parts/${number}`;
    const header = canonical(part.header);
    if (part.header.part !== part.part) say(`${path}/part`, "is not the part that was signed");
    if (!await isSigned(part.key, part.signature, header)) say(`${path}/signature`, "the device's signature does not hold");
    for (const name of Object.keys(part.fields)) {
      const field = part.fields[name];
      let digest = "";
      try { digest = await sha256(FIELD, name, "\0", ofHex(field.salt), canonical(field.value)); } catch { /* no digest */ }
      if (part.header.commitments?.[name] !== digest) say(`${path}/fields/${name}`, "is not what the device signed");
    }
    for (const position of Object.keys(part.pictures)) {
      count.pictures += 1;
      let digest = "";
      try { digest = await sha256(ofBase64(part.pictures[position])); } catch { /* no digest */ }
      const sealed = part.fields[`picture.${position}`]?.value.sha256;
      if (digest !== (sealed ?? captureAt(proof, part.part, position)?.sha256)) say(`${path}/pictures/${position}`, "is another picture");
    }
    for (const [place, held] of part.receipts.entries()) await checkReceipt(proof, part, `${path}/receipts/${place}`, held, say, count);
  };

  const checkReceipt = async (proof, part, path, held, say, count) => {
    const service = proof.services.find((one) => one.address === held.service);
    const { receipt } = held;
    if (!service) return;  // its key is not in this file; the page says so
    count.receipts += 1;
    if (!await isSigned(service.key, held.signature, canonical(receipt))) { say(path, "the service's signature does not hold"); return; }
    if (receipt.of === "part") {
      if (receipt.id !== part.part || receipt.digest !== await sha256(canonical(part.header))) say(path, "acknowledges something else");
      return;
    }
    const position = String(receipt.id).split("/")[1];
    const known = [part.fields[`picture.${position}`]?.value.sha256, captureAt(proof, part.part, position)?.sha256];
    if (!String(receipt.id).startsWith(`${part.part}/`) || !known.includes(receipt.digest)) say(path, "acknowledges another picture");
  };

  // Whoever signs the whole could leave a part's segment out, or show other minutes than it has.
  const checkSegments = (proof, say) => {
    const known = new Map(proof.parts.map((part) => [part.part, part]));
    proof.segments.forEach((segment, number) => {
      for (const name of segment.parts) {
        const part = known.get(name);
        if (part && part.header.slot * 600_000 !== Date.parse(segment.slot)) say(`segments/${number}/slot`, "is not the slot that the device signed");
      }
    });
  };

  const verify = async (sealed) => {
    const problems = [];
    const seen = new Set();
    const say = (path, text) => {
      // One thing that was changed breaks several promises; it is named once.
      if (!seen.has(path)) problems.push({ path, text });
      seen.add(path);
    };
    const count = { pictures: 0, receipts: 0 };
    await checkManifest(sealed, say);
    try {
      for (const number of sealed.proof.parts.keys()) await checkPart(sealed.proof, number, say, count);
      checkSegments(sealed.proof, say);
    } catch (error) {
      if (error.name === "NotSupportedError") throw error;
      say("proof", `cannot be read: ${error.message}`);
    }
    return { problems, ...count };
  };
  globalThis.worklogProof = { verify };

  // --- The page ---------------------------------------------------------------------------

  const node = (name, attributes = {}, ...children) => {
    const made = document.createElementNS(["svg", "rect"].includes(name) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const facts = (pairs) => node("dl", { class: "facts" }, ...pairs.flatMap(([name, value]) => [node("dt", {}, name), node("dd", {}, value)]));
  const hours = (seconds) => `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}`;
  const grouped = (key) => String(key).match(/.{1,4}/g).join(" ");

  const show = (sealed) => {
    const { proof } = sealed;
    const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: proof.zone, ...options });
    const time = format({ hour: "2-digit", minute: "2-digit" });
    const second = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
    const day = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
    const moment = (instant) => `${day.format(new Date(instant)).replace(",", "")}, ${second.format(new Date(instant))}`;
    const when = (segment) => `${day.format(new Date(segment.slot)).replace(",", "")}, ${time.format(new Date(segment.slot))}`;
    const keyed = new Map(proof.parts.map((part) => [part.part, part]));
    const named = (path) => {
      const [where, number, ...rest] = path.split("/");
      const words = rest.join(" ").replaceAll("~1", "/").replaceAll("_", " ");
      if (where === "segments" && proof.segments[number]) return `segment of ${when(proof.segments[number])}: ${words}`;
      if (where === "parts" && proof.parts[number]) {
        const owner = proof.segments.find((segment) => segment.parts.includes(proof.parts[number].part));
        return `${owner ? `part of ${when(owner)}` : `part ${Number(number) + 1}`}: ${words}`;
      }
      return path.replaceAll("/", " ").replaceAll("_", " ");
    };

    const client = [proof.contract.client, proof.contract.title].filter(Boolean).join(" · ");
    const sums = [["billed", hours(proof.totals.billed_seconds)], ["tracked", hours(proof.totals.tracked_seconds)]];
    if (proof.totals.manual_seconds) sums.push(["manual", hours(proof.totals.manual_seconds)]);
    for (const one of proof.totals.amounts) sums.push(["earned", `${one.amount} ${one.currency}`]);
    document.querySelector("header").append(
      node("div", {}, node("h1", {}, `Proof of work for ${proof.contract.name}`), node("div", { class: "muted" }, client)),
      node("div", { class: "sums" }, ...sums.map(([name, value]) => node("span", {}, node("b", {}, value), " ", node("span", { class: "muted" }, name)))),
      node("div", { class: "meta" }, `${moment(proof.range.start)} to ${moment(proof.range.end)} · times of ${proof.zone}`),
    );
    document.title = `Proof of work for ${proof.contract.name}`;

    const boxes = (segment) => node("svg", { class: "boxes", viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": `${segment.boxes.filter(Boolean).length} of 10 minutes active` },
      ...segment.boxes.map((box, minute) => node("rect", { class: box ? "a" : box === false ? "i" : "u", x: minute * 10 + 1, y: 0.5, width: 7.5, height: 9 })));
    const pictures = (segment) => segment.captures.flatMap((capture) => {
      const data = keyed.get(capture.part)?.pictures[capture.position];
      return data ? [node("img", { src: `data:image/webp;base64,${data}`, alt: `Screen at ${second.format(new Date(capture.taken_at))}`, tabindex: "0" })] : [];
    });
    const evidence = (segment) => {
      const lines = segment.parts.flatMap((name) => {
        const part = keyed.get(name);
        if (!part) return [`Recorded by another device; its evidence is there.`];
        const erased = Object.keys(part.header.commitments).filter((field) => !(field in part.fields));
        const receipt = part.receipts.find((one) => one.receipt.of === "part");
        return [
          `Sealed and signed ${moment(part.header.sealed)}${erased.length ? `; erased since: ${erased.join(", ")}` : ""}`,
          ...(receipt ? [`Received by ${receipt.service} ${moment(receipt.receipt.received)}`] : proof.services.length ? ["Not received by the service yet"] : []),
        ];
      });
      if (!lines.length) lines.push("Added by hand: nothing was recorded.");
      return node("ul", { class: "evidence meta" }, ...lines.map((line) => node("li", {}, line)));
    };
    const history = (segment) => segment.history.map((one) => {
      const words = [one.memo, one.label].filter((word) => word !== null).map((word) => `“${word}”`).join(" · ");
      return node("li", {}, `${moment(one.at)}: ${one.kind} by ${one.author}${words ? `, ${words}` : ""}`);
    });
    const total = (counts) => counts.reduce((sum, one) => sum + (one ?? 0), 0);
    const input = (segment) => segment.keys.some((one) => one !== null)
      ? `${total(segment.keys)} keys, ${total(segment.clicks)} clicks, ${total(segment.scrolls)} scrolls`
      : "unknown";
    const row = (segment) => {
      const shots = pictures(segment);
      const billed = segment.bill.reason === "billed" ? `${hours(segment.bill.seconds)} billed${segment.bill.amount === null ? "" : `, ${segment.bill.amount} ${segment.bill.currency}`}` : `not billed: ${segment.bill.reason}`;
      const told = history(segment);
      return node("article", { class: "piece" },
        node("div", { class: "shots" }, ...(shots.length ? shots : [node("span", { class: "none muted" }, segment.captures[0]?.state === "taken" ? "picture not in this file" : segment.captures[0]?.state ?? "no picture")])),
        node("div", {},
          node("h3", {}, `${time.format(new Date(segment.slot))} `, node("span", { class: "words" }, segment.memo || "no memo"), segment.label ? node("span", { class: "muted" }, ` · ${segment.label}`) : ""),
          boxes(segment),
          facts([
            ...(segment.parts.length ? [["window", [segment.application, segment.title].filter(Boolean).join(": ") || "unknown"], ["input", input(segment)]] : []),
            ["bill", `${billed}; ${Math.floor(segment.tracked_seconds / 60)} min tracked`],
            ...(segment.grade ? [["grade", segment.grade]] : []),
            ...(segment.marks.length ? [["marks", segment.marks.join(", ")]] : []),
          ]),
          told.length ? node("details", { class: "meta" }, node("summary", {}, `changed ${told.length === 1 ? "once" : `${told.length} times`}`), node("ul", {}, ...told)) : "",
        ),
        evidence(segment));
    };
    const byDay = new Map();
    for (const segment of proof.segments) {
      const name = day.format(new Date(segment.slot)).replace(",", "");
      byDay.set(name, [...(byDay.get(name) ?? []), segment]);
    }
    document.querySelector("main").append(...Array.from(byDay, ([name, segments]) => node("section", { class: "day" }, node("h2", {}, name), ...segments.map(row))));
    const minutes = (seconds) => `${Math.floor(seconds / 60)} minutes a week`;
    const days = (seconds) => `${Math.floor(seconds / 86_400)} days after the lock`;
    document.querySelector("#terms").append(...proof.contract.terms.map((terms) => facts([
      ["since", Date.parse(terms.since) ? moment(terms.since) : "the beginning"],
      ["rate", terms.rate === null ? "none" : `${terms.rate} ${terms.currency} an hour`],
      ["weekly limit", terms.weekly_limit_seconds === null ? "none" : `${hours(terms.weekly_limit_seconds)} hours`],
      ["bills", terms.billing === "slot" ? "ten minutes for each segment with activity" : "each active minute"],
      ["time by hand", terms.manual_time ? "may be added" : "may not be added"],
      ["unproven time", `bills up to ${minutes(terms.allowance_seconds)}`],
      ["screenshots", `${terms.policy.screenshots}${terms.policy.pixelate ? `, pixelated to ${terms.policy.pixelate} px` : ""}`],
      ["window titles", terms.policy.titles ? "stored" : "not stored"],
      ...(terms.locks ? [["pictures kept", days(terms.retention_seconds)], ["disputes", `until ${days(terms.dispute_seconds)}`]] : []),
    ])));
    document.querySelector("#keys").append(facts([
      ...Array.from(new Set(proof.parts.map((part) => part.key)), (key) => ["device", grouped(key)]),
      ["this proof", grouped(proof.key)],
      ...proof.services.map((service) => [service.address, grouped(service.key)]),
    ]));
    document.querySelector("#made").textContent = `Made ${moment(proof.made)} by ${proof.by}.`;

    const large = document.querySelector("dialog");
    const open = (target) => {
      if (!(target instanceof Element) || !target.matches(".shots img")) return;
      large.querySelector(".body").replaceChildren(target.cloneNode());
      large.showModal();
    };
    document.addEventListener("click", (event) => open(event.target));
    document.addEventListener("keydown", (event) => { if (event.key === "Enter") open(event.target); });
    large.addEventListener("click", () => large.close());
    return named;
  };

  const judge = (result, proof, named) => {
    const verdict = document.querySelector("#verdict");
    const many = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
    if (result.problems.length) {
      verdict.className = "broken";
      verdict.replaceChildren(
        node("h2", {}, `${many(result.problems.length, "thing")} ${result.problems.length === 1 ? "does" : "do"} not hold`),
        node("ul", {}, ...result.problems.map((one) => node("li", {}, node("b", {}, named(one.path)), ` ${one.text}`))));
      return;
    }
    const unknown = proof.parts.flatMap((part) => part.receipts).length - result.receipts;
    const counted = [many(proof.segments.length, "segment"), many(proof.parts.length, "signed part"), many(result.pictures, "picture"), ...(result.receipts ? [many(result.receipts, "receipt")] : [])];
    const rest = unknown
      ? ` ${many(unknown, "receipt")} could not be: the key of the service is not in this file.`
      : proof.services.length ? "" : " No service has received them: their times are those of the device’s own clock.";
    verdict.className = "holds";
    verdict.replaceChildren(
      node("h2", {}, "Everything in this file holds"),
      node("p", {}, `${counted.slice(0, -1).join(", ")} and ${counted.at(-1)} were checked just now, in this browser and without a network.${rest}`));
  };

  const run = async () => {
    const verdict = document.querySelector("#verdict");
    let sealed;
    let named = (path) => path;
    try {
      sealed = JSON.parse(document.querySelector("#proof").textContent);
      named = show(sealed);
    } catch (error) {
      verdict.className = "broken";
      verdict.replaceChildren(node("h2", {}, "This file was damaged"), node("p", {}, `It cannot be read: ${error.message}`));
      if (!sealed) return;
    }
    try {
      judge(await verify(sealed), sealed.proof, named);
    } catch (error) {
      verdict.className = "broken";
      verdict.replaceChildren(node("h2", {}, "This browser cannot check the signatures"), node("p", {}, "It has no Ed25519. A current Chrome, Edge, Firefox or Safari has."));
    }
  };
  run();
})();
