"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const NARROW = 520;
  const WIDEST = 780;
  const EDGE = 22;
  const views = new Map();

  // Every plot with a width of its own gets the width that the screen leaves beside its axis.
  function fitted(specification, width, size) {
    const copy = structuredClone(specification);
    const visit = (view) => {
      if (typeof view.width === "number") view.width = width;
      if (size === "narrow") {
        for (const channel of Object.values(view.encoding || {})) {
          if (channel.legend && channel.legend.columns) channel.legend.columns = 1;
        }
      }
      for (const key of ["vconcat", "layer"]) (view[key] || []).forEach(visit);
    };
    visit(copy);
    return copy;
  }

  function axisRoom(figure, size) {
    return { labels: data.labelWidth[size] + 10, numbers: 48, none: 8 }[figure.axis];
  }

  function read(figure, view) {
    const target = document.getElementById("reading-" + figure.name);
    if (!target || !figure.controls.length) return;
    const at = Object.fromEntries(figure.controls.map((control) => [control, view.signal(control)]));
    const { axis, start, end } = data.words.cut;
    const rows = figure.specification.datasets[figure.specification.data.name];
    const parts = rows
      .filter((row) => row.selection === at.selection_at)
      .filter((row) => !at.address_at || row.address_threshold === at.address_at)
      .filter((row) => Math.abs(row[axis] - at.cut_at) < 0.005)
      .map((row) => (row.measure === "false_discovery_rate" ? "wrong person " : "missed ") + row.shown);
    target.textContent = start + " " + Number(at.cut_at).toFixed(2) + " " + end + ", " +
      (at.address_at ? data.words.address[at.address_at] + ", " : "") +
      "released " + data.words.selection[at.selection_at] + ": " + parts.join("; ") + ".";
  }

  async function draw(figure) {
    const place = document.getElementById("chart-" + figure.name);
    const size = place.clientWidth < NARROW ? "narrow" : "wide";
    const theme = dark.matches ? "dark" : "light";
    const width = Math.min(place.clientWidth, WIDEST) - axisRoom(figure, size) - EDGE;
    const before = views.get(figure.name);
    const kept = before ? figure.controls.map((name) => before.view.signal(name)) : null;
    if (before) before.finalize();
    const options = {
      mode: "vega-lite",
      renderer: "svg",
      actions: false,
      ast: true,
      // Errors only: a measure that is not available is said in words, not in the console.
      logLevel: 1,
      config: data.themes[theme][size],
      tooltip: { theme: theme },
    };
    const controls = document.getElementById("controls-" + figure.name);
    if (controls) {
      controls.replaceChildren();
      options.bind = controls;
    }
    const result = await vegaEmbed(place, fitted(figure.specification, Math.max(width, 120), size), options);
    views.set(figure.name, result);
    if (kept) {
      figure.controls.forEach((name, index) => result.view.signal(name, kept[index]));
      await result.view.runAsync();
    }
    figure.controls.forEach((name) =>
      result.view.addSignalListener(name, () => read(figure, result.view)));
    read(figure, result.view);
  }

  let drawing = Promise.resolve();
  function drawAll() {
    drawing = drawing.then(async () => {
      for (const figure of data.figures) await draw(figure);
      document.documentElement.dataset.drawn = "true";
    });
  }

  let width = document.documentElement.clientWidth;
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (document.documentElement.clientWidth !== width) {
        width = document.documentElement.clientWidth;
        drawAll();
      }
    }, 150);
  });
  dark.addEventListener("change", drawAll);
  // Text is measured when it is drawn, so the font has to be there first.
  document.fonts.ready.then(drawAll);
})();
