// A figure as a picture to take away, twice as large: below its heading what its colors stand for,
// the figure, and where it comes from.
const SCALE = 2, EDGE = 18, LINE = 19, SWATCH = 22;

// The key of a figure is its own, or the last one above it in its section.
const keyOf = (box) => {
  const own = box.closest("figure").querySelector(".key");
  if (own) return own;
  const all = box.closest("section, aside, .sheet")?.querySelectorAll(".key") ?? [];
  return [...all].filter((key) => key.checkVisibility() && !key.closest("figure")
    && key.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING).at(-1);
};

// Headings that a figure stands below: its own, those of its section, and what is chosen.
const headingOf = (box) => {
  const visibly = (own) => own?.innerText.trim().split("\n")[0];
  const own = box.closest("figure").querySelector("figcaption");
  const section = box.closest("section, aside");
  const above = [...(section?.querySelectorAll(".heading") ?? [])].filter((one) =>
    one.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING);
  const chosen = [];
  for (let at = box.closest(".choice"); at; at = at.parentElement.closest(".choice"))
    chosen.unshift(text(at.querySelector(
      ":scope > .options :is(input:checked + span, option:checked)")));
  const all = [visibly(own), visibly(section?.querySelector("h2")),
    visibly(box.closest(".folded")?.querySelector("summary b")),
    visibly(above.filter((one) => !one.closest(".beside")).at(-1)),
    visibly(above.filter((one) => one.closest(".beside") === box.closest(".beside")).at(-1)),
    ...chosen];
  return [...new Set(all.filter(Boolean))];
};

const sourceOf = () => {
  const command = document.querySelector("footer .command code")?.textContent;
  return ["PeakCharge", document.title, command].filter(Boolean).join(" · ");
};

// Words in lines that are no wider than that.
const wrapped = (pen, words, width) => {
  const lines = [""];
  for (const word of words.split(/(?<=\s)|(?=[\u3400-\u9fff])/)) {
    if (lines.at(-1) && pen.measureText(lines.at(-1) + word.trimEnd()).width > width) lines.push("");
    lines[lines.length - 1] += word;
  }
  return lines.map((line) => line.trimEnd());
};

const SHAPES = {
  dot: (pen) => pen.arc(0, 0, 5.5, 0, 7),
  square: (pen) => pen.rect(-11, -6.5, 22, 13),
  tick: (pen) => pen.rect(-1, -6, 2, 12),
  line: (pen) => pen.rect(-10, -1.25, 20, 2.5),
  dash: (pen) => [-10, -2, 6].forEach((x) => pen.rect(x, -1.25, 4, 2.5)),
  diamond: (pen) => [[0, -6], [6, 0], [0, 6], [-6, 0]].forEach((at) => pen.lineTo(...at)),
  cross: (pen) => [-1, 1].forEach((side) => [[-5.5, -3.5], [-3.5, -5.5], [5.5, 3.5], [3.5, 5.5]]
    .forEach(([x, y], n) => (n ? pen.lineTo(side * x, y) : pen.moveTo(side * x, y)))),
  down: (pen) => [[-6, -5], [6, -5], [0, 6]].forEach((at) => pen.lineTo(...at)),
  right: (pen) => [[-5, -6], [6, 0], [-5, 6]].forEach((at) => pen.lineTo(...at)),
};

const swatch = (pen, item, style) => {
  const color = getComputedStyle(item).getPropertyValue("--color").trim();
  const form = item.className || "dot";
  pen.beginPath();
  (SHAPES[form] ?? (form === "hatched" ? SHAPES.square : SHAPES.dot))(pen);
  pen.fillStyle = pen.strokeStyle = color;
  if (form === "ring") pen.stroke();
  else pen.fill();
  if (form === "spot" || form === "hatched") {
    pen.strokeStyle = style.getPropertyValue("--muted");
    pen.stroke();
  }
  if (form === "hatched") {
    pen.clip();
    pen.beginPath();
    for (let x = -16; x < 16; x += 6) pen.moveTo(x, 7), pen.lineTo(x + 14, -7);
    pen.stroke();
  }
};

// What the key says as [item, words], an item for each color.
const itemsOf = (key) => [...(key?.children ?? [])]
  .map((own) => [own.querySelector("i"), own.innerText.trim()]);

const picture = async (box) => {
  const { width, height } = box._fullLayout, style = getComputedStyle(root);
  const image = new Image();
  image.src = await Plotly.toImage(box, { format: "png", scale: SCALE, width, height });
  await image.decode();
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  const family = getComputedStyle(document.body).fontFamily;
  const wide = Math.max(width, 420), of = (name) => style.getPropertyValue(name).trim();
  const fonts = { title: `600 16px ${family}`, key: `12.5px ${family}`, source: `11px ${family}` };
  const [title, ...about] = headingOf(box);

  pen.font = fonts.title;
  const titles = wrapped(pen, title ?? document.title, wide);
  pen.font = fonts.key;
  const abouts = about.length ? wrapped(pen, about.join(" · "), wide) : [];
  let x = 0, row = 0;
  const items = itemsOf(keyOf(box)).map(([item, words]) => {
    const own = (item ? SWATCH + 8 : 0) + pen.measureText(words).width + 16;
    if (x && x + own > wide) x = 0, row += 1;
    x += own;
    return { item, words, x: x - own, row };
  });
  pen.font = fonts.source;
  const sources = wrapped(pen, sourceOf(), wide);

  const above = LINE * (1.3 * titles.length + abouts.length + (items.length ? row + 1.4 : 0.2));
  canvas.width = SCALE * (wide + 2 * EDGE);
  canvas.height = SCALE * (above + height + 8 + 15 * sources.length + 2 * EDGE);
  pen.scale(SCALE, SCALE);
  pen.fillStyle = of("--paper");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.textBaseline = "middle";
  const write = (lines, font, color, y, step) => lines.forEach((line, n) => {
    pen.font = font;
    pen.fillStyle = of(color);
    pen.fillText(line, EDGE, y + step * (n + 0.5));
  });
  write(titles, fonts.title, "--ink", EDGE, 1.3 * LINE);
  write(abouts, fonts.key, "--muted", EDGE + 1.3 * LINE * titles.length, LINE);
  const top = EDGE + LINE * (1.3 * titles.length + abouts.length + 0.2);
  for (const { item, words, x: left, row: line } of items) {
    pen.save();
    pen.translate(EDGE + left, top + LINE * (line + 0.5));
    if (item) {
      pen.translate(SWATCH / 2, 0);
      swatch(pen, item, style);
      pen.translate(SWATCH / 2 + 6, 0);
    }
    pen.font = fonts.key;
    pen.fillStyle = of("--muted");
    pen.fillText(words, 0, 0);
    pen.restore();
  }
  pen.drawImage(image, EDGE, EDGE + above, width, height);
  write(sources, fonts.source, "--muted", EDGE + above + height + 8, 15);
  const blob = await new Promise((next) => canvas.toBlob(next, "image/png"));
  save(blob, `${nameOf(box)}.png`);
};

// The button of a figure, in place of Plotly's own, which knows neither heading nor key.  What it
// calls is the same for all: Plotly would make a figure anew whose buttons differ from before.
const pictureButton = () => ({
  name: "picture", title: spoken.locale.dictionary["Download plot as a PNG"],
  icon: Plotly.Icons.camera, click: picture,
});
