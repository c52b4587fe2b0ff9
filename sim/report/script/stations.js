// Stations are picked by a click on any figure or row, by name, or by the address; the panel shows
// the one that is picked, and every figure and table marks it.
let picked = -1; // its number
const panel = document.getElementById("panel");
const numbers = new Map(stations?.keys.map((key, n) => [key, n]));

// How the address calls a station: by its key, unless a part of the page is called so.
const address = (n) => {
  const key = stations.keys[n];
  return `#${encodeURIComponent(document.getElementById(key) ? `=${key}` : key)}`;
};
const addressed = () => {
  const key = decodeURIComponent(location.hash.slice(1));
  return numbers.get(document.getElementById(key) ? "" : key) ?? numbers.get(key.slice(1)) ?? -1;
};

// Plotly reads a small HTML.
const escaped = (own) => own.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

// --- courses over the hours ----------------------------------------------------------------
const coursesOf = new Map();
const course = (name, station, series) => {
  const { scale, bytes: text, series: of, hours } = stations.courses[name];
  if (!coursesOf.has(name)) coursesOf.set(name, bytes(text));
  const begin = (station * of + series) * hours;
  return Array.from(coursesOf.get(name).subarray(begin, begin + hours),
    (value) => value * scale[station]);
};

// A road is colored by a course of its stations, in classes.
filled.push((figure) => {
  for (const trace of figure.data) {
    if (trace.type !== "heatmap" || !trace.meta?.course) continue;
    const { course: name, series, stations: keys, bounds, unit } = trace.meta;
    const rows = keys.map((key) => course(name, numbers.get(key), series));
    const kind = (value) => bounds.filter((bound) => value > bound).length;
    trace.z = rows.map((row) => row.map(kind));
    trace.text = rows.map((row, n) => row.map((value) =>
      `${escaped(say(stations.names[numbers.get(keys[n])]))}<br>${value.toFixed(0)} ${unit}`));
  }
});

// What a figure of the panel leaves open is of the station that is picked.
filled.push((figure, box) => {
  if (!panel?.contains(box) || picked < 0) return;
  for (const trace of figure.data) {
    const { course: name, series, fact } = trace.meta ?? {};
    if (name) trace.y = course(name, picked, series);
    if (fact) {
      const value = stations.facts[fact][picked];
      trace.y = trace.x.map(() => value);
      trace.visible = value !== null;
    }
  }
});

// --- marks ---------------------------------------------------------------------------------
const places = (trace, key) => {
  const rows = trace.meta?.stations ?? [];
  return rows.flatMap((own, n) => (own === key ? [n] : []));
};

const mark = (box) => {
  for (const old of box.querySelectorAll(":scope > .mark")) old.remove();
  if (picked < 0 || !box.data) return;
  const { _fullLayout: all } = box;
  const key = stations.keys[picked];
  const add = (kind, left, top, width, height) => {
    const own = document.createElement("i");
    own.className = `mark ${kind}`;
    Object.assign(own.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`,
      height: `${height}px` });
    box.append(own);
  };
  for (const trace of box.data)
    for (const n of places(trace, key)) {
      const x = all[(trace.xaxis ?? "x").replace("x", "xaxis")];
      const y = all[(trace.yaxis ?? "y").replace("y", "yaxis")];
      if (trace.type === "heatmap") {
        const [top, bottom] = (trace.meta.edges ? trace.meta.edges[n] : [n - 0.5, n + 0.5])
          .map((at) => y._offset + y.d2p(at)).sort((a, b) => a - b);
        add("row", x._offset, top, x._length, bottom - top);
      } else {
        const size = Math.max(14, 6 + (trace.marker?.size?.[n] ?? 8));
        add("ring", x._offset + x.d2p(trace.x[n]) - size / 2,
          y._offset + y.d2p(trace.y[n]) - size / 2, size, size);
      }
    }
};

on("drawn", (box) => {
  if (!stations) return;
  box.on("plotly_afterplot", () => mark(box));
  mark(box);
  if (!box.data.some((trace) => trace.meta?.stations)) return;
  box.classList.add("picks");
  box.on("plotly_click", ({ points: [point] }) => {
    const row = point.data.type === "heatmap" ? point.pointNumber[0] : point.pointNumber;
    const key = point.data.meta?.stations?.[row];
    if (key) location.hash = address(numbers.get(key));
  });
});

// --- the panel -----------------------------------------------------------------------------
let before = null; // what had the focus

const describe = () => {
  panel.querySelector("h2").textContent = say(stations.names[picked]);
  panel.querySelector("dl").replaceChildren(...stations.heads.map((head, k) => {
    const own = document.createElement("div");
    const [name, value] = ["dt", "dd"].map((tag) => own.appendChild(document.createElement(tag)));
    name.textContent = say(head);
    value.textContent = say(stations.cells[picked][k]);
    return own;
  }));
};

const show = (n) => {
  picked = n;
  panel.hidden = n < 0;
  root.classList.toggle("has-panel", n >= 0);
  for (const table of document.querySelectorAll("table[data-rest]")) rowOf(table, stations.keys[n]);
  for (const row of document.querySelectorAll("tr[data-station]"))
    row.classList.toggle("picked", row.dataset.station === stations.keys[n]);
  document.querySelectorAll("table[data-most]").forEach(arrange);
  if (n >= 0) {
    describe();
    for (const box of boxes(panel)) {
      drawn.delete(box);
      near.add(box);
    }
    drawNear();
  }
  for (const box of boxes()) mark(box);
  tell("picked", n);
};

const close = () => {
  history.pushState(null, "", location.href.split("#")[0]);
  show(-1);
  before?.focus?.();
};

if (stations) {
  addEventListener("hashchange", () => {
    const n = addressed();
    if (n < 0 && location.hash.length > 1) return; // a section
    before = document.activeElement;
    show(n);
    if (n >= 0 && before?.matches("a, input")) panel.querySelector("h2").focus();
  });
  panel.querySelector(".close").addEventListener("click", close);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });
  on("spoken", () => picked >= 0 && describe());
}

// --- by name -------------------------------------------------------------------------------
const MOST_FOUND = 8;
const find = document.querySelector(".find");
if (find) {
  const input = find.querySelector("input"), list = find.querySelector("ul");
  const all = (n) => Object.values(stations.names[n]?.en ? stations.names[n] : [stations.names[n]])
    .concat(stations.keys[n]).join(" ").toLowerCase();
  let at = 0;

  const options = () => [...list.children];
  const select = (n) => {
    at = n;
    options().forEach((one, k) => one.setAttribute("aria-selected", k === n));
    input.setAttribute("aria-activedescendant", options()[n]?.id ?? "");
  };
  const shut = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  };
  const look = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = stations.order
      .filter((n) => words.every((word) => all(n).includes(word))).slice(0, MOST_FOUND);
    list.replaceChildren(...found.map((n) => {
      const own = document.createElement("li");
      own.id = `found-${n}`;
      own.role = "option";
      own.textContent = say(stations.names[n]);
      own.dataset.n = n;
      return own;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    select(0);
  };
  const go = (one) => {
    if (!one) return;
    input.value = "";
    shut();
    location.hash = address(Number(one.dataset.n));
  };
  input.addEventListener("input", look);
  input.addEventListener("focus", look);
  input.addEventListener("blur", shut);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    go(event.target.closest("li"));
  });
  input.addEventListener("keydown", (event) => {
    const n = options().length;
    if (event.key === "ArrowDown") select((at + 1) % n);
    else if (event.key === "ArrowUp") select((at + n - 1) % n);
    else if (event.key === "Enter") go(list.hidden ? null : options()[at]);
    else if (event.key === "Escape") return shut(), event.stopPropagation();
    else return;
    event.preventDefault();
  });
}
