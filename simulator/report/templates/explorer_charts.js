"use strict";
// What the explorer computes about two policies, and the charts that it draws; the state is not here.
const overmatchExplorer = (() => {
  const SPACE = "http://www.w3.org/2000/svg";
  const MOST_DIGITS = 60;
  let last = null;

  // A difference within replicates, and its words.

  const sum = (values) => values.reduce((all, one) => all + one, 0);

  // As measures.explored: the difference of two ratios of sums, its standard error by linearised
  // residuals within replicates. Where what is counted against is the same at every policy and
  // nothing changed in any replicate, the exact bound of no event, either way.
  function pairedDifference(a, b, { fixed, clumps, student, unseen, factor }) {
    const totals = [a, b].map((one) => sum(one.below));
    const count = a.above.length;
    if (Math.min(...totals) <= 0) return { estimate: NaN, low: NaN, high: NaN };
    const ratios = [a, b].map((one, which) => sum(one.above) / totals[which]);
    const changed = a.above.map((one, index) => one - b.above[index]);
    const estimate = fixed ? sum(changed) / totals[0] : ratios[0] - ratios[1];
    if (fixed && changed.every((one) => one === 0)) {
      const bound = (factor * unseen * clumps) / totals[0];
      return { estimate: 0, low: -bound, high: bound };
    }
    const residuals = fixed
      ? changed.map((one, index) => (one - estimate * a.below[index]) / totals[0])
      : changed.map((_, index) => [a, b]
        .map((one, which) => (one.above[index] - ratios[which] * one.below[index]) / totals[which])
        .reduce((first, second) => first - second));
    if (count < 2) return { estimate: factor * estimate, low: NaN, high: NaN };
    let error = Math.sqrt((count / (count - 1)) * sum(residuals.map((one) => one * one)));
    if (fixed && error * totals[0] <= 1e-12 * sum(changed.map(Math.abs))) error = 0;
    const reach = student * error;
    return { estimate: factor * estimate, low: factor * (estimate - reach), high: factor * (estimate + reach) };
  }

  function decimalsOf(value, low, high) {
    const width = high - low;
    let size = Number.isFinite(width) && width > 0 ? width : Math.abs(value) / 10;
    if (!Number.isFinite(size) || size === 0) return 0;
    return Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(size))));
  }

  // As Python rounds: to the nearest, and to the even digit where two are as near.
  function rounded(value, decimals) {
    const size = Math.abs(value);
    const near = size.toFixed(decimals);
    const exact = size.toFixed(Math.min(100, decimals + MOST_DIGITS));
    const cut = exact.length - Math.min(100 - decimals, MOST_DIGITS);
    const text = exact.slice(0, cut).replace(/\.$/, "");
    const tie = /^50*$/.test(exact.slice(cut)) && Number(text[text.length - 1]) % 2 === 0;
    return tie ? text : near;
  }

  function shownNumber(value, decimals) {
    if (!Number.isFinite(value)) return "–";
    const text = rounded(value, decimals);
    const [whole, part] = text.split(".");
    const sign = value < 0 && Number(text) !== 0 ? "-" : "";
    return sign + whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") + (part ? "." + part : "");
  }

  function shownAlike({ estimate, low, high }) {
    const decimals = decimalsOf(estimate, low, high);
    return [estimate, low, high].map((one) => (Number.isFinite(one) ? shownNumber(one, decimals) : ""));
  }

  function differenceWords({ estimate, low, high }, words) {
    const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    const decimals = decimalsOf(estimate, low, high);
    const size = (value) => shownNumber(Math.abs(value), decimals);
    if (!Number.isFinite(estimate)) return words.missing;
    if (!Number.isFinite(low) || !Number.isFinite(high)) {
      return fill(words.alone, { value: size(estimate), direction: estimate < 0 ? "fewer" : "more" });
    }
    if (low > 0) return fill(words.more, { value: size(estimate), low: size(low), high: size(high) });
    if (high < 0) return fill(words.fewer, { value: size(estimate), low: size(high), high: size(low) });
    if (low === 0 && high === 0) return words.none;
    if (estimate === 0 && low === -high) return fill(words.equal, { high: size(high) });
    return fill(words.open, { low: size(low), high: size(high) });
  }

  // Elements.

  function element(name, attributes = {}, ...children) {
    const drawn = ["svg", "path", "rect", "circle", "line", "text", "g", "tspan", "polygon"].includes(name);
    const made = drawn ? document.createElementNS(SPACE, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function headed(names) {
    return element("thead", {}, element("tr", {}, ...names.map((name) =>
      element("th", { scope: "col" }, name))));
  }

  // The flow: one bar of 1,000 requests, a band to each end they come to.

  const COLOURS = {
    fate_found: "found",
    fate_found_with_others: "mixed",
    fate_wrong_person: "wrong",
    fate_nobody: "nobody",
    fate_not_unique: "not-unique",
    fate_withheld: "withheld",
    fate_rejected: "rejected",
    fate_unanswered: "unanswered",
  };

  function fatesOf(shown) {
    const seen = (fate) => shown.sides.some((side) => {
      const found = shown.number(fate, "all", shown.policyOf(side));
      return found !== null && found.events > 0;
    });
    return shown.data.fates.filter((fate) => !shown.data.rareFates.includes(fate) || seen(fate));
  }

  function flow(shown, side) {
    const target = shown.place("flow-" + side);
    const width = Math.max(240, target.clientWidth);
    const found = fatesOf(shown)
      .map((fate) => ({ fate, ...shown.number(fate, "all", shown.policyOf(side)) }))
      .filter((one) => "at" in one);
    const names = new Map(shown.data.columns.map(({ measure, group, name }) => [measure + group, name]));
    const [tall, pitch, gap, bar] = [190, 40, 6, 16];
    const narrow = width < 420;
    const band = narrow ? Math.max(48, width * 0.2) : Math.min(130, width * 0.32);
    const heights = found.map((one) => (one.available ? Math.max(1.5, (one.at / 1000) * tall) : 0));
    const rows = heights.map((height) => Math.max(pitch, height) + gap);
    const total = sum(rows);
    const top = (total - sum(heights)) / 2;
    const parts = [];
    let [left, right] = [top, 0];
    found.forEach((one, index) => {
      const height = heights[index];
      const from = right + (rows[index] - gap - height) / 2;
      const [x0, x1] = [bar, bar + band];
      const middle = (x0 + x1) / 2;
      const line = (y0, y1, forward) => (forward
        ? "C" + [middle, y0, middle, y1, x1, y1].join(" ")
        : "C" + [middle, y1, middle, y0, x0, y0].join(" "));
      const path = "M" + x0 + " " + left + line(left, from, true) + "V" + (from + height) +
        line(left + height, from + height, false) + "Z";
      const [x, y] = [x1 + 14, from + height / 2];
      const value = one.available ? (one.noneSeen ? "None" : one.value) : "–";
      const range = !one.hasInterval ? "no interval" : one.noneSeen ? "at most " + one.high : one.low + " to " + one.high;
      const name = names.get(one.fate + "all").toLowerCase();
      parts.push(
        element("path", { d: path, class: "ribbon " + COLOURS[one.fate] }),
        element("rect", { x: x1, y: from, width: 6, height, class: COLOURS[one.fate] }),
        element("text", { x, y: y - 3 }, element("tspan", { class: "strong" }, value),
          element("tspan", { dx: 5, class: narrow ? "small" : "" }, narrow ? range : name)),
        element("text", { x, y: y + 13, class: narrow ? "" : "small" }, narrow ? name : range),
      );
      left += height;
      right += rows[index];
    });
    const words = found.map((one) => names.get(one.fate + "all") + " " + shown.brief(one)).join("; ");
    target.replaceChildren(element("svg", {
      viewBox: "0 0 " + width + " " + total, width, height: total, role: "img",
      "aria-label": "Policy " + side.toUpperCase() + ", of every 1,000 requests: " + words + ".",
    }, element("rect", { x: 0, y: top, width: bar, height: sum(heights), class: "all" }), ...parts));
  }

  // Groups: a table whose third column is drawn.

  function mark(found, side, most) {
    if (!found.available) return [];
    const at = (value) => Math.min(100, (100 * value) / most) + "%";
    const dot = element("i", { class: "dot " + side });
    dot.style.left = at(found.at);
    if (!found.hasInterval) return [dot];
    const reach = element("i", { class: "reach " + side });
    reach.style.left = at(found.from);
    reach.style.width = Math.max(0, (100 * (Math.min(found.to, most) - found.from)) / most) + "%";
    return [reach, dot];
  }

  function groups(shown) {
    const rows = shown.data.columns.filter((one) => one.group !== "all");
    const of = (row, side) => shown.number(row.measure, row.group, shown.policyOf(side));
    const all = rows.flatMap((row) => shown.sides.map((side) => of(row, side)));
    const most = Math.max(...all.filter((one) => one.available)
      .map((one) => (one.hasInterval && !one.noneSeen ? one.to : one.at)), 1e-9) * 1.04;
    const body = element("tbody", { role: "rowgroup" });
    let kind = "";
    for (const row of rows) {
      if (row.kind !== kind) {
        kind = row.kind;
        body.append(element("tr", { role: "row", class: "kind" },
          element("th", { scope: "rowgroup", role: "rowheader", colspan: 2 + shown.sides.length }, kind)));
      }
      const drawing = element("td", { role: "cell", class: "drawn" }, element("div", { "aria-hidden": "true" },
        ...shown.sides.flatMap((side) => mark(of(row, side), side, most))));
      body.append(element("tr", { role: "row" },
        element("th", { scope: "row", role: "rowheader" }, row.name), drawing,
        ...shown.sides.map((side) => element("td", { role: "cell", class: "number" },
          element("span", { class: "key " + side, "aria-hidden": "true" }, side.toUpperCase()), " " + shown.brief(of(row, side))))));
    }
    const head = headed(["Group", "0 to " + shownNumber(most, decimalsOf(most, NaN, NaN)),
      ...shown.sides.map((side) => "Policy " + side.toUpperCase())]);
    shown.place("groups").replaceChildren(head, body);
    shown.place("groups").setAttribute("role", "table");
  }

  // The detection error tradeoff: both axes are normal deviates.

  // P. J. Acklam's rational approximation of the normal quantile, good to 1e-9: for drawing alone.
  function deviate(share) {
    const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
    const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
    const c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
    const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
    const poly = (terms, x) => terms.reduce((value, term) => value * x + term, 0);
    if (share > 0.5) return -deviate(1 - share);
    if (share < 0.02425) {
      const q = Math.sqrt(-2 * Math.log(share));
      return poly(c, q) / poly(d, q);
    }
    const q = share - 0.5;
    return (poly(a, q * q) * q) / poly(b, q * q);
  }

  const MIDDLE = Array.from({ length: 17 }, (_, step) => 100 + 50 * step);
  const TICKS = [0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 50, ...MIDDLE, 950, 980, 990, 995, 998, 999, 999.9];
  const FALSE_ALARM = "false_positive_identification_rate";
  const MISSED = "false_negative_identification_rate";

  function axisOf(values, length) {
    const inside = values.filter((value) => value > 0 && value < 1000);
    if (!inside.length) inside.push(1, 500);
    const below = TICKS.filter((tick) => tick <= Math.min(...inside)).pop() || TICKS[0];
    const above = TICKS.find((tick) => tick >= Math.max(...inside)) || TICKS[TICKS.length - 1];
    const [first, final] = [deviate(below / 1000), deviate((above > below ? above : TICKS[TICKS.indexOf(below) + 1]) / 1000)];
    const at = (value) => {
      const z = value <= 0 ? first : value >= 1000 ? final : deviate(value / 1000);
      return ((Math.min(final, Math.max(first, z)) - first) / (final - first)) * length;
    };
    let before = -Infinity;
    const ticks = TICKS.filter((tick) => {
      const here = at(tick);
      const fits = tick >= below && deviate(tick / 1000) <= final + 1e-9 && here - before > 34;
      if (fits) before = here;
      return fits;
    });
    return { at, ticks };
  }

  function curveOf(shown, side) {
    const policy = shown.policyOf(side);
    return shown.data.cuts.map((cut, index) => {
      const there = { ...policy, cut: index };
      return { cut, x: shown.number(FALSE_ALARM, "all", there), y: shown.number(MISSED, "all", there), own: index === policy.cut };
    });
  }

  function crossed(point, x, y, side) {
    const parts = [];
    const [cx, cy] = [x.at(point.x.at), y.at(point.y.at)];
    if (point.x.hasInterval) {
      parts.push(element("line", { x1: x.at(point.x.from), x2: x.at(point.x.to), y1: cy, y2: cy, class: "reach " + side }));
    }
    if (point.y.hasInterval) {
      parts.push(element("line", { x1: cx, x2: cx, y1: y.at(point.y.from), y2: y.at(point.y.to), class: "reach " + side }));
    }
    const shape = side === "a"
      ? element("circle", { cx, cy, r: 7, class: "point a" })
      : element("polygon", { points: [[0, -9], [9, 0], [0, 9], [-9, 0]].map(([dx, dy]) => (cx + dx) + "," + (cy + dy)).join(" "), class: "point b" });
    parts.push(shape, element("text", { x: cx + (side === "a" ? 11 : -11), y: cy - 10, class: "strong", "text-anchor": side === "a" ? "start" : "end" }, side.toUpperCase()));
    return parts;
  }

  function det(shown) {
    const target = shown.place("det");
    const width = Math.max(260, Math.min(640, target.clientWidth));
    const [left, bottom, top, right] = [48, 46, 22, 22];
    const height = Math.round(Math.min(380, width * 0.72));
    const curves = shown.sides.map((side) => ({ side, points: curveOf(shown, side) }));
    const known = curves.map((one) => ({ ...one, points: one.points.filter((point) =>
      point.x && point.y && point.x.available && point.y.available) }));
    detTable(shown, curves);
    if (!known.some((one) => one.points.length)) {
      target.textContent = "Not available: nobody requested is missing from the roll, or nobody is on it.";
      return;
    }
    const all = (key) => known.flatMap((one) => one.points.flatMap((point) =>
      (point.own && point[key].hasInterval ? [point[key].at, point[key].from, point[key].to] : [point[key].at])));
    const x = axisOf(all("x"), width - left - right);
    const y = axisOf(all("y"), height - top - bottom);
    const [inner, depth] = [width - left - right, height - top - bottom];
    const up = { at: (value) => depth - y.at(value), ticks: y.ticks };
    const parts = [
      ...x.ticks.map((tick) => [element("line", { x1: x.at(tick), x2: x.at(tick), y1: 0, y2: depth, class: "grid" }),
        element("text", { x: x.at(tick), y: depth + 16, class: "tick", "text-anchor": "middle" }, String(tick))]).flat(),
      ...up.ticks.map((tick) => [element("line", { x1: 0, x2: inner, y1: up.at(tick), y2: up.at(tick), class: "grid" }),
        element("text", { x: -7, y: up.at(tick) + 4, class: "tick", "text-anchor": "end" }, String(tick))]).flat(),
      element("text", { x: inner, y: depth + 36, class: "tick", "text-anchor": "end" }, "false alarms per 1,000 requests for nobody there →"),
      element("text", { x: 4 - left, y: -12, class: "tick" }, "↑ missed per 1,000 requests for somebody there"),
    ];
    for (const { side, points } of [...known].reverse()) {
      const path = points.map((point, index) => (index ? "L" : "M") + x.at(point.x.at).toFixed(1) + " " + up.at(point.y.at).toFixed(1)).join("");
      parts.push(element("path", { d: path, class: "curve " + side }));
      parts.push(...points.map((point) => element("circle", { cx: x.at(point.x.at), cy: up.at(point.y.at), r: 2, class: "step " + side })));
    }
    for (const { side, points } of [...known].reverse()) {
      points.filter((point) => point.own).forEach((point) => parts.push(...crossed(point, x, up, side)));
    }
    const words = known.map((one) => one.points.filter((point) => point.own).map((point) =>
      "Policy " + one.side.toUpperCase() + ": false alarms " + shown.brief(point.x) + ", missed " + shown.brief(point.y)).join("")).join(". ");
    target.replaceChildren(element("svg", { viewBox: "0 0 " + width + " " + (height + 8), width, height: height + 8, role: "img",
      "aria-label": "Missed against false alarms, per 1,000, along the thresholds. " + words + "." },
    element("g", { transform: "translate(" + left + " " + (top + 8) + ")" }, ...parts)));
  }

  function detTable(shown, curves) {
    const head = ["Threshold", ...curves.flatMap(({ side }) => ["False alarms, " + side.toUpperCase(), "Missed, " + side.toUpperCase()])];
    const body = element("tbody", {}, ...shown.data.cuts.map((cut, index) => element("tr", {},
      element("th", { scope: "row" }, cut),
      ...curves.flatMap(({ points }) => ["x", "y"].map((key) => element("td", {}, shown.brief(points[index][key])))))));
    shown.place("det-table").replaceChildren(headed(head), body);
  }

  function numbers(shown) {
    const head = ["Number", "Unit", ...shown.sides.map((side) => "Policy " + side.toUpperCase())];
    const rows = shown.data.columns.map(({ measure, group, name, kind, unit }) => element("tr", {},
      element("th", { scope: "row" }, kind ? "Exposed, " + kind.toLowerCase() + ": " + name : name), element("td", {}, unit),
      ...shown.sides.map((side) => element("td", { class: "number" }, shown.brief(shown.number(measure, group, shown.policyOf(side)))))));
    shown.place("numbers").replaceChildren(headed(head), element("tbody", {}, ...rows));
  }

  function draw(shown) {
    last = shown;
    for (const side of shown.sides) flow(shown, side);
    groups(shown);
    det(shown);
    numbers(shown);
  }

  function redraw() {
    if (last === null) return;
    for (const side of last.sides) flow(last, side);
    det(last);
  }

  return { pairedDifference, differenceWords, shownAlike, draw, redraw };
})();
