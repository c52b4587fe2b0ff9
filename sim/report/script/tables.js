// Tables are sorted by a click on a head, and searched.
const text = (cell) => (cell.querySelector(`.${spoken.code}`) ?? cell).textContent;

const sort = (table, rows, head) => {
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
  table.tBodies[0].append(...rows.sort(order));
};

for (const table of document.querySelectorAll("table.long")) {
  const rows = [...table.tBodies[0].rows];
  const tools = table.closest(".rows").querySelector(".tools");

  tools.addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows)
      row.hidden = !words.every((word) => row.dataset.search.toLowerCase().includes(word));
    tools.querySelector("output").textContent = rows.filter((row) => !row.hidden).length;
  });

  table.tHead.addEventListener("click", (event) => {
    const head = event.target.closest("th");
    if (head) sort(table, rows, head);
  });
}
