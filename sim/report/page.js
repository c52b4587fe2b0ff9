"use strict";
(() => {
  const root = document.documentElement;
  const SHEET_PX = 550; // of the height of a sheet, A4 landscape: room for a figure below its heading
  const printing = () => root.classList.contains("print");
  const narrow = matchMedia("(max-width: 640px)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const { languages, figures } = JSON.parse(document.getElementById("data").textContent);
  let spoken = languages[0];

  // --- language --------------------------------------------------------------------------
  const speak = (language) => {
    spoken = language;
    root.lang = language.tag;
    root.dataset.language = language.code; // page.css shows the texts of this one
    document.title = language.title;
    for (const one of document.querySelectorAll("[data-labels]"))
      one.setAttribute("aria-label", JSON.parse(one.dataset.labels)[language.code]);
    for (const button of document.querySelectorAll(".switch button"))
      button.setAttribute("aria-pressed", button.value === language.code);
    return drawAll();
  };

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

  const put = (object, keys, value) => {
    const last = keys.at(-1);
    keys.slice(0, -1).reduce((o, key) => (o[key] ??= {}), object)[last] = value;
  };

  // The figure in the language that is spoken; it is kept in the first one.
  const said = (figure) => {
    const own = structuredClone(figure);
    for (const [path, value] of figure.others[spoken.code] ?? []) put(own, path, value);
    return own;
  };

  // A heat map travels as one byte a cell; its hover texts are made here from row and class.
  const spell = (trace) => {
    const [rows, columns] = trace.z.shape.split(",").map(Number);
    const cells = Uint8Array.from(atob(trace.z.bdata), (c) => c.charCodeAt(0));
    trace.text = Array.from({ length: rows }, (_, r) =>
      Array.from({ length: columns }, (_, c) =>
        `${trace.meta.rows[r]}<br>${trace.meta.classes[cells[r * columns + c]]}`));
  };

  const draw = (box) => {
    const figure = said(figures[box.dataset.figure]), style = getComputedStyle(root);
    if (narrow.matches && !printing())
      for (const [path, value] of Object.entries(figure.narrow)) {
        const keys = path.split(".");
        put(keys[0] === "data" ? figure : figure.layout, keys, value);
      }
    const { data, layout } = painted({ data: figure.data, layout: figure.layout }, style);
    data.filter((trace) => trace.type === "heatmap").forEach(spell);
    box.style.height = `${layout.height}px`;
    box.style.zoom = printing() ? Math.min(1, SHEET_PX / layout.height) : 1; // none is cut in two
    return Plotly.react(box, data, layout, {
      responsive: true, displaylogo: false, showSendToCloud: false, plotlyServerURL: "",
      displayModeBar: figure.tools.length && !narrow.matches ? "hover" : false,
      modeBarButtons: [figure.tools],
      locale: spoken.tag, locales: { [spoken.tag]: spoken.locale },
    });
  };

  const visible = (box) => box.checkVisibility(); // not what is folded
  const boxes = (within = document) => [...within.querySelectorAll("[data-figure]")];
  let round = 0;
  const drawAll = async () => {
    const own = ++round; // a later one takes over
    root.dataset.ready = "";
    for (const box of boxes().filter(visible)) {
      if (own !== round) return;
      await draw(box);
      await new Promise((next) => setTimeout(next)); // the page stays alive in between
    }
    if (own === round) root.dataset.ready = "yes";
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

  // --- tables and choices ----------------------------------------------------------------
  const text = (cell) => (cell.querySelector(`.${spoken.code}`) ?? cell).textContent;

  for (const table of document.querySelectorAll("table.long")) {
    const body = table.tBodies[0], rows = [...body.rows];
    const tools = table.closest(".rows").querySelector(".tools");

    tools.addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows)
        row.hidden = !words.every((word) => row.dataset.search.toLowerCase().includes(word));
      tools.querySelector("output").textContent = rows.filter((row) => !row.hidden).length;
    });

    table.tHead.addEventListener("click", (event) => {
      const head = event.target.closest("th");
      if (!head) return;
      const cells = rows.map((row) => row.cells[head.cellIndex]);
      const first = cells.some((cell) => "v" in cell.dataset) ? "descending" : "ascending";
      const now = head.getAttribute("aria-sort");
      const way = now === first ? { ascending: "descending", descending: "ascending" }[now] : first;
      for (const th of table.tHead.rows[0].cells) th.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way);
      const keys = new Map(cells.map((cell) => [cell.parentElement,
        first === "ascending" ? text(cell).trim() : cell.dataset.v ?? ""]));
      const order = (a, b) => {
        const x = keys.get(a), y = keys.get(b);
        if (x === "" || y === "") return (x === "") - (y === ""); // what does not exist comes last
        const sign = first === "ascending" ? x.localeCompare(y, spoken.tag) : x - y;
        return way === "descending" ? -sign : sign;
      };
      body.append(...rows.sort(order));
    });
  }

  const choose = (choice) => {
    const chosen = choice.querySelector(":scope > .options input:checked").value;
    for (const one of choice.querySelectorAll("[data-option]"))
      if (one.closest(".choice") === choice) one.hidden = one.dataset.option !== chosen;
    boxes(choice).filter(visible).forEach(draw);
  };
  for (const choice of document.querySelectorAll(".choice")) {
    choose(choice);
    choice.querySelector(".options").addEventListener("change", () => choose(choice));
  }

  document.querySelector(".switch")?.addEventListener("click", (event) => {
    const language = languages.find((one) => one.code === event.target.value);
    if (language) speak(language);
  });

  if (narrow.matches)
    for (const one of document.querySelectorAll("[data-phone]"))
      one.open = one.dataset.phone === "open";
  drawAll();
})();
