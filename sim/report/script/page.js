// What all scripts of the page share: its data, its languages, its figures.
const root = document.documentElement;
const SHEET_PX = 550; // of the height of a sheet, A4 landscape: room for a figure below its heading
const NEAR = "400px"; // figures are drawn that are so near to the window
const printing = () => root.classList.contains("print");
const narrow = matchMedia("(max-width: 640px)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const { languages, figures, stations, terms, days, rests } = await new Response(
  new Blob([bytes(document.getElementById("data").textContent)]).stream()
    .pipeThrough(new DecompressionStream("gzip"))).json();
let spoken = languages[0];

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const on = (name, act) => document.addEventListener(name, (event) => act(event.detail));

// A text of the data: one for all languages, or one for each.
const say = (text) => (text && typeof text === "object" ? text[spoken.code] : text);

// --- language ------------------------------------------------------------------------------
const speak = (language) => {
  spoken = language;
  root.lang = language.tag;
  root.dataset.language = language.code; // page.css shows the texts of this one
  document.title = language.title;
  for (const one of document.querySelectorAll("[data-labels]"))
    one.setAttribute("aria-label", JSON.parse(one.dataset.labels)[language.code]);
  for (const button of document.querySelectorAll(".switch button"))
    button.setAttribute("aria-pressed", button.value === language.code);
  tell("spoken");
  return drawAll();
};

document.querySelector(".switch")?.addEventListener("click", (event) => {
  const language = languages.find((one) => one.code === event.target.value);
  if (language) speak(language);
});

// --- figures -------------------------------------------------------------------------------
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

const change = (figure, changes) => {
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    put(keys[0] === "data" ? figure : figure.layout, keys, value);
  }
};

// The figure in the language that is spoken; it is kept in the first one.
const said = (figure) => {
  const own = structuredClone(figure);
  for (const [path, value] of figure.others[spoken.code] ?? []) put(own, path, value);
  return own;
};

// A heat map of classes travels as one byte a cell; its hover texts are made here from row and
// class.
const spell = (trace) => {
  const [rows, columns] = trace.z.shape.split(",").map(Number);
  const cells = bytes(trace.z.bdata);
  trace.text = Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) =>
      `${trace.meta.rows[r]}<br>${trace.meta.classes[cells[r * columns + c]]}`));
};

const filled = []; // what fills a figure before it is drawn: (figure, box)

const draw = (box) => {
  const figure = said(figures[box.dataset.figure]), style = getComputedStyle(root);
  if (narrow.matches && !printing()) change(figure, figure.narrow);
  for (const fill of filled) fill(figure, box);
  const { data, layout } = painted({ data: figure.data, layout: figure.layout }, style);
  data.filter((trace) => trace.type === "heatmap" && trace.meta?.classes).forEach(spell);
  box.style.height = `${layout.height}px`;
  box.style.zoom = printing() ? Math.min(1, SHEET_PX / layout.height) : 1; // none is cut in two
  const isFirst = !box.classList.contains("js-plotly-plot");
  Plotly.react(box, data, layout, {
    responsive: true, displaylogo: false, showSendToCloud: false, plotlyServerURL: "",
    displayModeBar: figure.tools.length && !narrow.matches ? "hover" : false,
    modeBarButtons: [figure.tools.map((tool) => (tool === "toImage" ? pictureButton() : tool))],
    locale: spoken.tag, locales: { [spoken.tag]: spoken.locale },
  });
  drawn.add(box);
  if (isFirst) tell("drawn", box);
};

// What a picture of a figure is called: by its headings, and by what is chosen.
const nameOf = (box) => headingOf(box).concat(document.title).slice(0, 3).join(" ")
  .replace(/[^\p{L}\p{N}]+/gu, "_").slice(0, 80);

const visible = (box) => box.checkVisibility(); // not what is folded
const boxes = (within = document) => [...within.querySelectorAll("[data-figure]")];
const near = new Set(), drawn = new Set(); // boxes: near to the window, drawn as they are now
let round = 0;

// The figures that are near; a later round takes over.
const drawNear = async () => {
  const own = ++round;
  root.dataset.ready = "";
  for (const box of near) {
    if (own !== round) return;
    if (drawn.has(box) || !visible(box)) continue;
    draw(box);
    await new Promise((next) => setTimeout(next)); // the page stays alive in between
  }
  if (own === round) root.dataset.ready = "yes";
};
const drawAll = () => {
  drawn.clear();
  return drawNear();
};

const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries)
    isIntersecting ? near.add(target) : near.delete(target);
  drawNear();
}, { rootMargin: NEAR });

for (const query of [narrow, dark]) query.addEventListener("change", drawAll);

// --- paper ---------------------------------------------------------------------------------
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
  root.classList.remove("print", "whole");
  for (const table of document.querySelectorAll("table")) table.style.zoom = "";
  for (const one of folded.splice(0)) one.open = false;
  drawAll();
});

document.querySelector("button.whole")?.addEventListener("click", () => {
  root.classList.add("whole"); // not the brief alone
  print();
});

// --- choices -------------------------------------------------------------------------------
const chosenIn = (choice) =>
  choice.querySelector(":scope > .options :is(input:checked, select)").value;
const fit = (choice) => {
  const chosen = chosenIn(choice);
  for (const one of choice.querySelectorAll("[data-option]"))
    if (one.closest(".choice") === choice) one.hidden = one.dataset.option !== chosen;
};
const choose = (choice) => {
  fit(choice);
  for (const box of boxes(choice)) drawn.delete(box);
  drawNear();
};
for (const choice of document.querySelectorAll(".choice")) {
  choose(choice);
  choice.querySelector(".options").addEventListener("change", () => choose(choice));
}

const nameOptions = () => {
  for (const option of document.querySelectorAll("option[data-texts]"))
    option.textContent = JSON.parse(option.dataset.texts)[spoken.code];
};
nameOptions();
on("spoken", nameOptions);

// Options that are chosen around a box change its figure.
filled.push((figure, box) => {
  for (let at = box.closest(".choice"); at; at = at.parentElement.closest(".choice")) {
    const { narrow: small, ...own } = figure.chosen[chosenIn(at)] ?? {};
    change(figure, own);
    if (small && narrow.matches && !printing()) change(figure, small);
  }
});
