"use strict";
(() => {
  const root = document.documentElement;
  const SHEET_PX = 550; // of the height of a sheet, A4 landscape: room for a figure below its heading
  const printing = () => root.classList.contains("print");
  const narrow = matchMedia("(max-width: 640px)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const figures = JSON.parse(document.getElementById("figures").textContent);

  // --- figures ---------------------------------------------------------------------------
  // A fresh copy for Plotly (which changes what it gets), CSS variables replaced by their values.
  const painted = (value, style) => {
    if (typeof value === "string") {
      const name = /^var\((--[a-z0-9-]+)\)$/.exec(value);
      return name ? style.getPropertyValue(name[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map((v) => painted(v, style));
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, painted(v, style)]));
    return value;
  };

  const put = (object, path, value) => {
    const keys = path.split("."), last = keys.pop();
    keys.reduce((o, key) => (o[key] ??= {}), object)[last] = value;
  };

  // A heat map travels as one byte a cell; its hover texts are made here from row and class.
  const spell = (trace) => {
    const [rows, columns] = trace.z.shape.split(",").map(Number);
    const cells = Uint8Array.from(atob(trace.z.bdata), (c) => c.charCodeAt(0));
    trace.text = Array.from({ length: rows }, (_, r) =>
      Array.from({ length: columns }, (_, c) =>
        `${trace.meta.rows[r]}<br>EVs waiting: ${trace.meta.classes[cells[r * columns + c]]}`));
  };

  const draw = (box) => {
    const figure = figures[box.dataset.figure];
    const { data, layout } = painted({ data: figure.data, layout: figure.layout },
      getComputedStyle(root));
    if (narrow.matches && !printing())
      for (const [path, value] of Object.entries(figure.narrow)) put(layout, path, value);
    data.filter((trace) => trace.type === "heatmap").forEach(spell);
    box.style.height = `${layout.height}px`;
    box.style.zoom = printing() ? Math.min(1, SHEET_PX / layout.height) : 1; // none is cut in two
    return Plotly.react(box, data, layout, {
      responsive: true, displaylogo: false, showSendToCloud: false, plotlyServerURL: "",
      displayModeBar: figure.tools.length && !narrow.matches ? "hover" : false,
      modeBarButtons: [figure.tools],
    });
  };

  const visible = (box) => box.getClientRects().length > 0;
  const boxes = (within = document) => [...within.querySelectorAll("[data-figure]")];
  const drawAll = async () => {
    for (const box of boxes().filter(visible)) {
      await draw(box);
      await new Promise((next) => setTimeout(next)); // the page stays alive in between
    }
  };

  document.addEventListener("toggle", (event) => {
    if (event.target.open) boxes(event.target).filter(visible).forEach(draw);
  }, true);
  for (const query of [narrow, dark]) query.addEventListener("change", drawAll);

  const folded = [];
  addEventListener("beforeprint", () => {
    root.classList.add("print");
    folded.push(...document.querySelectorAll("details:not([open])"));
    for (const one of folded) one.open = true;
    for (const table of document.querySelectorAll("table")) // a wide one is made to fit
      table.style.zoom = Math.min(1, table.parentElement.clientWidth / table.offsetWidth);
    boxes().filter(visible).forEach(draw);
  });
  addEventListener("afterprint", () => {
    root.classList.remove("print");
    for (const table of document.querySelectorAll("table")) table.style.zoom = "";
    for (const one of folded.splice(0)) one.open = false;
    drawAll();
  });

  // --- table (a simple page has none) -----------------------------------------------------
  const table = document.getElementById("numbers");
  if (table) {
    const body = table.tBodies[0], rows = [...body.rows];
    const count = document.getElementById("shown");

    document.getElementById("search").addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows)
        row.hidden = !words.every((word) => row.dataset.search.toLowerCase().includes(word));
      count.textContent = rows.filter((row) => !row.hidden).length;
    });

    table.tHead.addEventListener("click", (event) => {
      const head = event.target.closest("th");
      if (!head) return;
      const first = head.dataset.first, now = head.getAttribute("aria-sort");
      const way = now === first ? { ascending: "descending", descending: "ascending" }[now] : first;
      for (const th of table.tHead.rows[0].cells) th.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way);
      const key = (row) => row.cells[head.cellIndex].dataset.v;
      const order = (a, b) => {
        const x = key(a), y = key(b);
        if (x === "" || y === "") return (x === "") - (y === ""); // what does not exist comes last
        const sign = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
        return way === "descending" ? -sign : sign;
      };
      body.append(...rows.sort(order));
    });

    for (const choice of document.querySelectorAll("input[name=definition]"))
      choice.addEventListener("change", () => { table.dataset.definition = choice.value; });
  }

  if (narrow.matches) // on a phone the corridors start folded, but for the first
    for (const one of [...document.querySelectorAll("details.corridor")].slice(1)) one.open = false;
  drawAll().then(() => { root.dataset.ready = "yes"; });
})();
