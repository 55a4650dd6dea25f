"use strict";
(() => {
  const holder = document.getElementById("explorer-data");
  if (!holder || typeof DecompressionStream === "undefined") return;
  const data = JSON.parse(holder.textContent);
  const { cuts, addresses, guardrails, columns, cards, words } = data;
  const POLICIES = cuts.length * addresses.length * 2 ** guardrails.length;
  const place = (id) => document.getElementById(id);
  const column = new Map(columns.map(({ measure, group }, index) => [measure + " " + group, index]));
  const own = () => ({ ...data.own });
  const start = () => ({ a: own(), b: own(), with: "own" });
  let planes = {};
  let state = start();

  // Numbers: whole numbers from the plane, put into the text that Python would have shown.

  async function unpacked() {
    const bytes = Uint8Array.from(atob(data.packed.text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  function readPlanes(bytes) {
    let at = 0;
    for (const { name, count, differences } of data.packed.planes) {
      const values = new Float64Array(count);
      let before = 0;
      for (let index = 0; index < count; index += 1) {
        let number = 0;
        let size = 1;
        let byte = 0;
        do {
          byte = bytes[at];
          at += 1;
          number += (byte & 127) * size;
          size *= 128;
        } while (byte & 128);
        const value = number % 2 ? -(number + 1) / 2 : number / 2;
        before = differences ? before + value : value;
        values[index] = before;
      }
      planes[name] = values;
    }
  }

  const indexOf = (policy) => (policy.rails * addresses.length + policy.address) * cuts.length + policy.cut;

  function grouped(digits) {
    return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  }

  function written(whole, decimals) {
    const digits = String(Math.abs(whole)).padStart(decimals + 1, "0");
    const cut = digits.length - decimals;
    const sign = whole < 0 ? "-" : "";
    return sign + grouped(digits.slice(0, cut)) + (decimals ? "." + digits.slice(cut) : "");
  }

  function number(measure, group, policy) {
    const which = column.get(measure + " " + group);
    if (which === undefined) return null;
    const at = which * POLICIES + indexOf(policy);
    const code = planes.code[at];
    const decimals = code & 7;
    const value = planes.value[at];
    const [low, high] = [value - planes.below[at], value + planes.above[at]];
    const unit = 10 ** decimals;
    return {
      available: Boolean(code & 8),
      noneSeen: Boolean(code & 16),
      hasInterval: Boolean(code & 32),
      nothing: Boolean(code & 64),
      value: written(value, decimals),
      low: written(low, decimals),
      high: written(high, decimals),
      at: value / unit,
      from: low / unit,
      to: high / unit,
      events: planes.events[at],
      of: planes.of[at],
    };
  }

  // Words: the same templates that Python fills.

  function filled(template, values) {
    return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  }

  function phrase(found) {
    if (!found.available) return words.unknown;
    if (found.noneSeen) return found.hasInterval ? filled(words.noneBounded, found) : words.noneSeen;
    return filled(found.hasInterval ? words.withInterval : words.alone, found);
  }

  function reason(found) {
    return found.nothing ? words.nothingToCount : words.noEstimate;
  }

  function said(sentence, policy) {
    const slots = sentence.parts.filter((part) => typeof part !== "string");
    const found = new Map(slots.map((slot) => [slot.measure, number(slot.measure, "all", policy)]));
    const numbers = [...found.values()];
    if (numbers.includes(null)) return null;
    if (sentence.onlyIfSeen && !numbers.some((one) => one.events > 0)) return null;
    if (sentence.start && !numbers[0].available) {
      return filled(words.missing, { start: sentence.start, end: sentence.end, reason: reason(numbers[0]) });
    }
    return sentence.parts
      .map((part) => (typeof part === "string" ? part : phrase(found.get(part.measure))))
      .join("");
  }

  const headline = (policy, key) => data.sentences.filter((one) => one.key === key)
    .map((one) => said(one, policy)).filter((one) => one !== null);

  function brief(found) {
    if (found === null) return "–";
    if (!found.available) return "not available (" + reason(found) + ")";
    if (found.noneSeen) return found.hasInterval ? "none seen; at most " + found.high : "none seen";
    return found.hasInterval ? found.value + " (" + found.low + " to " + found.high + ")" : found.value;
  }

  function policyWords(policy) {
    const on = guardrails.filter((_, bit) => policy.rails & (1 << bit)).map((rail) => rail.label);
    return [
      data.axis.start + " " + cuts[policy.cut] + " " + data.axis.end,
      ...(addresses.length > 1 ? [addresses[policy.address].words] : []),
      on.length ? "with: " + on.join(", ").toLowerCase() : guardrails.length ? "none of the guardrails listed" : "",
    ].filter(Boolean).join("; ");
  }

  // State: two policies and what the first is compared with; the part of the address after #.

  function policyText(policy) {
    const on = guardrails.filter((_, bit) => policy.rails & (1 << bit)).map((rail) => rail.name);
    return [cuts[policy.cut], addresses[policy.address].name, on.join(".")].join("~");
  }

  function readPolicy(text) {
    const [cut, address, names] = String(text).split("~");
    const wanted = (names || "").split(".").filter(Boolean);
    const bits = wanted.map((name) => guardrails.findIndex((rail) => rail.name === name));
    const found = {
      cut: cuts.indexOf(cut),
      address: addresses.findIndex((one) => one.name === address),
      rails: bits.filter((bit) => bit >= 0).reduce((all, bit) => all | (1 << bit), 0),
    };
    return found.cut < 0 || found.address < 0 || bits.includes(-1) ? null : found;
  }

  function stateText() {
    return "#a=" + policyText(state.a) + "&b=" + (state.with === "other" ? policyText(state.b) : state.with);
  }

  function readState() {
    const parts = new Map(location.hash.slice(1).split("&").map((part) => part.split("=")));
    const a = parts.has("a") ? readPolicy(parts.get("a")) : null;
    if (a === null) return false;
    const second = parts.get("b");
    const b = readPolicy(second);
    state = { a, b: b || own(), with: b ? "other" : second === "none" ? "none" : "own" };
    return true;
  }

  let storing = 0;
  let telling = 0;

  function later() {
    clearTimeout(storing);
    clearTimeout(telling);
    // Browsers refuse many changes of the address in a row.
    storing = setTimeout(() => history.replaceState(null, "", stateText()), 250);
    telling = setTimeout(() => {
      const changes = sides().length < 2 ? [] : cards.map((card) =>
        "Against policy B, " + cardChange(card) + " " + card.text + ".");
      place("explorer-said").textContent = [policyWords(state.a) + ".", ...headline(state.a, true),
        ...changes].join(" ");
    }, 700);
  }

  // The difference of two policies, replicate by replicate.

  function each(name, policy) {
    const at = indexOf(policy);
    return Array.from({ length: data.replicates }, (_, one) => planes["each:" + name][one * POLICIES + at]);
  }

  const comparable = () => (state.with === "other" ? state.b : own());

  // How many events come with one request that caused any, at least 1.
  function clumps(card, policy) {
    if (!card.paired.struck) return 1;
    const [events, struck] = [card.measure, card.paired.struck].map((name) => number(name, "all", policy).events);
    return Math.max(1, events / Math.max(1, struck));
  }

  function change(card) {
    const { above, below, fixed } = card.paired;
    const pair = [state.a, comparable()];
    const counts = pair.map((policy) => ({ above: each(above, policy), below: each(below, policy) }));
    const most = Math.max(...pair.map((policy) => clumps(card, policy)));
    const { student, unseen } = data;
    return overmatchExplorer.pairedDifference(...counts, { fixed, clumps: most, student, unseen, factor: card.factor });
  }

  function cardChange(card) {
    return overmatchExplorer.differenceWords(change(card), data.difference);
  }

  // Drawing.

  const same = () => indexOf(state.a) === indexOf(comparable());
  const sides = () => (state.with === "none" || same() ? ["a"] : ["a", "b"]);
  const policyOf = (side) => (side === "a" ? state.a : comparable());

  function showCards() {
    cards.forEach((card, index) => {
      const found = number(card.measure, "all", state.a);
      const none = found.available && found.noneSeen;
      place("card-" + index + "-a").textContent = !found.available ? "Not available" : none ? "None" : found.value;
      let note = found.hasInterval ? data.level + " " + found.low + " to " + found.high : "no interval";
      if (none && found.hasInterval) note = "none seen; at most " + found.high;
      place("card-" + index + "-note").textContent = found.available ? note : reason(found);
      if (sides().length < 2) return;
      place("card-" + index + "-b").textContent = brief(number(card.measure, "all", comparable()));
      place("card-" + index + "-change").textContent = cardChange(card);
    });
  }

  function showControls() {
    for (const side of ["a", "b"]) {
      const policy = state[side];
      const slider = place("cut-" + side);
      const text = data.axis.start + " " + cuts[policy.cut] + " " + data.axis.end;
      slider.value = policy.cut;
      slider.setAttribute("aria-valuetext", text);
      place("cut-" + side + "-now").textContent = cuts[policy.cut];
      if (addresses.length > 1) place("address-" + side).value = policy.address;
      guardrails.forEach((_, bit) => {
        place("rail-" + side + "-" + bit).checked = Boolean(policy.rails & (1 << bit));
      });
    }
    place("with").value = state.with;
    place("policy-b").hidden = state.with !== "other";
  }

  function show() {
    showControls();
    showCards();
    place("explorer").classList.toggle("alone", sides().length < 2);
    place("same").textContent = state.with !== "none" && same() ? data.difference.same[state.with] : "";
    place("explorer").classList.toggle("both", state.with === "other");
    for (const side of sides()) {
      place("policy-words-" + side).textContent = policyWords(policyOf(side));
      for (const [list, kind, key] of [["headline-", "p", true], ["more-", "li", false]]) {
        place(list + side).replaceChildren(...headline(policyOf(side), key).map((line) => {
          const item = document.createElement(kind);
          item.textContent = line;
          return item;
        }));
      }
    }
    overmatchExplorer.draw({ data, place, number, brief, sides: sides(), policyOf });
    later();
  }

  // The numbers shown, as a file.

  function rowsOf(side) {
    const policy = policyOf(side);
    const names = guardrails.filter((_, bit) => policy.rails & (1 << bit)).map((rail) => rail.name);
    const first = [side.toUpperCase(), cuts[policy.cut], addresses[policy.address].name, names.join(" ")];
    return columns.map(({ measure, group, unit }) => {
      const found = number(measure, group, policy);
      const has = found.available;
      const interval = has && found.hasInterval;
      const note = !has ? reason(found) : found.noneSeen ? "none seen" : interval ? "" : "no interval";
      const plain = [has ? found.value : "", interval ? found.low : "", interval ? found.high : ""];
      return [...first, measure, group, unit, ...plain.map((text) => text.replaceAll(",", "")), note,
        found.events, found.of];
    });
  }

  function changeRows() {
    if (sides().length < 2) return [];
    return cards.map((card) => {
      const unit = columns[column.get(card.measure + " all")].unit;
      const numbers = overmatchExplorer.shownAlike(change(card));
      return ["A minus B", "", "", "", card.measure, "all", unit, ...numbers, cardChange(card), "", ""];
    });
  }

  function csv() {
    const header = ["policy", data.axis.name, "address_threshold", "guardrails", "measure", "group", "unit",
      "estimate", "ci_low", "ci_high", "note", "numerator", "denominator"];
    const quoted = (cell) => (/[",\n]/.test(cell) ? '"' + String(cell).replaceAll('"', '""') + '"' : cell);
    return [header, ...sides().flatMap(rowsOf), ...changeRows()]
      .map((row) => row.map(quoted).join(",") + "\n").join("");
  }

  function download() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.download = "overmatch-policies.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function listen() {
    const on = (id, event, action) => place(id).addEventListener(event, (at) => {
      action(at.target);
      show();
    });
    for (const side of ["a", "b"]) {
      on("cut-" + side, "input", (target) => { state[side].cut = Number(target.value); });
      if (addresses.length > 1) {
        on("address-" + side, "change", (target) => { state[side].address = Number(target.value); });
      }
      guardrails.forEach((_, bit) => on("rail-" + side + "-" + bit, "input", (target) => {
        state[side].rails = target.checked ? state[side].rails | (1 << bit) : state[side].rails & ~(1 << bit);
      }));
    }
    on("with", "change", (target) => { state.with = target.value; });
    on("reset", "click", () => { state = start(); });
    on("copy", "click", () => {
      state.b = { ...state.a };
      state.with = "other";
    });
    place("download").addEventListener("click", download);
    place("explorer-controls").addEventListener("submit", (event) => event.preventDefault());
    window.addEventListener("hashchange", () => { if (readState()) show(); });
    new ResizeObserver(() => overmatchExplorer.redraw()).observe(place("flow-a"));
  }

  unpacked().then((bytes) => {
    readPlanes(bytes);
    const shared = readState();
    place("explorer").hidden = false;
    place("explorer-note").hidden = true;
    listen();
    show();
    if (shared) place("explore").scrollIntoView();
    document.documentElement.dataset.explored = "true";
  });
})();
