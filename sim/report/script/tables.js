// Tables are sorted by a click on a head, searched, copied, and saved as CSV.
const text = (cell) =>
  (cell.querySelector(`.${spoken.code}`) ?? cell).textContent.replaceAll("\u00a0", " ").trim();

// Rows of a long table are data until somebody looks for them.
const make = (table, html) => {
  table.tBodies[0].insertAdjacentHTML("beforeend", html);
  const choice = table.closest(".choice");
  if (choice) fit(choice);
};

// All rows of a table.
const rowsIn = (table) => {
  const { rest } = table.dataset;
  delete table.dataset.rest;
  if (rest) make(table, rests[rest].rows.join(""));
  return [...table.tBodies[0].rows];
};

// The row of a station of a long table.
const rowOf = (table, key) => {
  const rest = rests[table.dataset.rest], n = rest?.stations.indexOf(key) ?? -1;
  if (n >= 0 && rest.rows[n]) make(table, rest.rows.splice(n, 1, "")[0]);
};

// Of those that are found, as many as the table shows at a time, and the one that is picked.
const arrange = (table) => {
  const most = Number(table.dataset.most ?? Infinity);
  let found = 0;
  for (const row of table.tBodies[0].rows) {
    found += row.isFound !== false;
    row.hidden = row.isFound === false || (found > most && !row.classList.contains("picked"));
  }
  const output = table.closest(".rows").querySelector("output");
  if (output) output.textContent = Math.min(found, most);
};

const sort = (table, head) => {
  const rows = rowsIn(table);
  const cells = rows.map((row) => row.cells[head.cellIndex]);
  const first = cells.some((cell) => "v" in cell.dataset) ? "descending" : "ascending";
  const now = head.getAttribute("aria-sort");
  const way = now === first ? { ascending: "descending", descending: "ascending" }[now] : first;
  for (const th of table.tHead.rows[0].cells) th.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", way);
  const keys = new Map(cells.map((cell) => [cell.parentElement,
    first === "ascending" ? text(cell) : cell.dataset.v ?? ""]));
  const order = (a, b) => {
    const x = keys.get(a), y = keys.get(b);
    if (x === "" || y === "") return (x === "") - (y === ""); // what does not exist comes last
    const sign = first === "ascending" ? x.localeCompare(y, spoken.tag) : x - y;
    return way === "descending" ? -sign : sign;
  };
  table.tBodies[0].append(...rows.sort(order));
  arrange(table);
};

// --- as rows of texts ----------------------------------------------------------------------
// A text that a spreadsheet would compute gets a mark before it.
const inert = (value) => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);
const scaled = (value, scale) => (value ? String(Number((value * scale).toPrecision(12))) : "");

const headOf = (th) => {
  const [name, unit] = ["b", "small"].map((tag) => th.querySelector(tag))
    .map((own) => (own ? text(own) : ""));
  const value = th.dataset.option && CSS.escape(th.dataset.option);
  const option = value && th.closest(".choice")
    .querySelector(`:scope > .options :is(input[value="${value}"] + span, option[value="${value}"])`);
  return [name, option && text(option)].filter(Boolean).join(", ") + (unit ? ` [${unit}]` : "");
};

const rowsOf = (table) => {
  const heads = [...table.tHead.rows[0].cells].filter((th) => !th.querySelector(".scale"));
  const rows = rowsIn(table).filter((row) => row.isFound !== false);
  const wide = new Set(heads.filter((th) => rows.some((row) =>
    "lo" in row.cells[th.cellIndex].dataset)));
  const { low, high } = JSON.parse(table.dataset.ends)[spoken.code];
  const first = heads.flatMap((th) => {
    const own = inert(headOf(th));
    return wide.has(th) ? [own, `${own}, ${low}`, `${own}, ${high}`] : [own];
  });
  const others = rows.map((row) => heads.flatMap((th) => {
    const cell = row.cells[th.cellIndex], { v, lo, hi } = cell.dataset;
    const scale = th.dataset.scale ? JSON.parse(th.dataset.scale)[spoken.code] : 1;
    const own = v || lo || hi ? scaled(v, scale) : "words" in cell.dataset ? inert(text(cell)) : "";
    return wide.has(th) ? [own, scaled(lo, scale), scaled(hi, scale)] : [own];
  }));
  return [first, ...others];
};

const quoted = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const csvOf = (table) => "\ufeff" + rowsOf(table).map((row) => row.map(quoted).join(",") + "\r\n").join("");

const save = (blob, name) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

// The clipboard of a page that was opened from a file may be closed: then through a selection.
const copy = async (own) => {
  try {
    await navigator.clipboard.writeText(own);
  } catch {
    const box = document.body.appendChild(document.createElement("textarea"));
    box.value = own;
    box.select();
    document.execCommand("copy");
    box.remove();
  }
};

const done = (button) => {
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1500);
};

for (const table of document.querySelectorAll("table")) {
  const tools = table.closest(".rows").querySelector(".tools");

  tools.querySelector("input")?.addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rowsIn(table))
      row.isFound = words.every((word) => row.dataset.search.toLowerCase().includes(word));
    arrange(table);
  });
  tools.querySelector(".copy").addEventListener("click", async (event) => {
    await copy(rowsOf(table).map((row) => row.join("\t").replace(/[\r\n]/g, " ")).join("\n"));
    done(event.target.closest("button"));
  });
  tools.querySelector(".save").addEventListener("click", (event) => {
    save(new Blob([csvOf(table)], { type: "text/csv" }), `${table.dataset.name}.csv`);
    done(event.target.closest("button"));
  });
  table.tHead.addEventListener("click", (event) => {
    const head = event.target.closest("th");
    if (head?.querySelector("button")) sort(table, head);
  });
}

for (const button of document.querySelectorAll(".command button"))
  button.addEventListener("click", async () => {
    await copy(button.parentElement.querySelector("code").textContent);
    done(button);
  });
