// A day is played: an hour after another colors the map, the column of the longest lines, and a
// line in every figure that has these hours.
const STEP_MS = 350, LONGEST = 12;
const stage = document.querySelector(".play");
let hour = 0;

if (stage) {
  const { first, hours, course: name, series, bounds, colors } = JSON.parse(stage.dataset.play);
  const run = stage.querySelector(".run"), slider = stage.querySelector("input");
  const shown = stage.querySelector("output"), list = stage.querySelector("ol");
  const box = stage.querySelector("[data-figure]");
  const all = stations.keys.map((_, n) => course(name, n, series));
  const most = Math.max(1, ...all.flat());
  const kind = (value) => bounds.filter((bound) => value > bound).length;
  const at = (h) => new Date(Date.parse(`${first}Z`) + h * 3.6e6);
  let timer = 0;

  const colored = (trace) => {
    const shades = painted(colors, getComputedStyle(root));
    return trace.meta.stations.map((key) => shades[kind(all[numbers.get(key)][hour])]);
  };
  filled.push((figure, own) => {
    if (own !== box) return;
    for (const trace of figure.data)
      if (trace.meta?.stations) trace.marker.color = colored(trace);
  });

  const line = (own) => {
    own.querySelector(":scope > .hour")?.remove();
    if (own === box || !own.data?.some((trace) => trace.dx === 3.6e6)) return;
    const { xaxis: x, yaxis: y } = own._fullLayout;
    const mark = document.createElement("i");
    mark.className = "hour";
    mark.style.left = `${x._offset + x.d2p(at(hour + 0.5).toISOString().slice(0, 19))}px`;
    mark.style.top = `${y._offset}px`;
    mark.style.height = `${y._length}px`;
    own.append(mark);
  };
  on("drawn", (own) => {
    own.on("plotly_afterplot", () => line(own));
    line(own);
  });

  const column = () => {
    const longest = all.map((own, n) => [own[hour], n])
      .filter(([value, n]) => value >= 0.05 && stations.facts.named?.[n] !== 0)
      .sort(([a], [b]) => b - a).slice(0, LONGEST);
    list.replaceChildren(...longest.map(([value, n]) => {
      const row = document.createElement("li"), link = document.createElement("a");
      const bar = document.createElement("i"), amount = document.createElement("b");
      link.href = address(n);
      link.textContent = say(stations.names[n]);
      bar.style.width = `${100 * value / most}%`;
      amount.textContent = value.toFixed(1);
      row.append(link, bar, amount);
      return row;
    }));
    stage.querySelector(".none").hidden = longest.length > 0;
  };

  const go = (h) => {
    hour = h;
    slider.value = h;
    shown.textContent = new Intl.DateTimeFormat(spoken.tag, { weekday: "short", month: "short",
      day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC",
    }).format(at(h));
    slider.setAttribute("aria-valuetext", shown.textContent);
    column();
    for (const own of boxes()) line(own);
    if (drawn.has(box)) {
      const n = box.data.findIndex((trace) => trace.meta?.stations);
      const own = box.data[n].marker.color = colored(box.data[n]);
      // Not by Plotly, which would take twice as long as a step may.
      box.querySelectorAll(".scatterlayer > .trace")[n].querySelectorAll(".point")
        .forEach((point, k) => (point.style.fill = own[k]));
    }
    tell("hour", h);
  };

  const pause = () => {
    clearTimeout(timer);
    timer = 0;
    run.setAttribute("aria-pressed", "false");
  };
  const play = () => {
    if (still.matches) return;
    run.setAttribute("aria-pressed", "true");
    const next = () => {
      if (hour + 1 >= hours) return pause();
      go(hour + 1);
      timer = setTimeout(next, STEP_MS);
    };
    timer = setTimeout(next, STEP_MS);
  };
  run.addEventListener("click", () => (timer ? pause() : play()));
  slider.addEventListener("input", () => {
    pause();
    go(Number(slider.value));
  });
  const allow = () => {
    if (still.matches) pause();
    run.hidden = still.matches;
  };
  still.addEventListener("change", allow);
  document.addEventListener("visibilitychange", () => document.hidden && pause());
  on("spoken", () => go(hour));
  allow();
  const totals = Array.from({ length: hours }, (_, h) => all.reduce((sum, own) => sum + own[h], 0));
  go(totals.indexOf(Math.max(...totals)));
}
