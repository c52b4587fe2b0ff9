// One day of one station, EVSE by EVSE; a click on a bar or a mark tells the story of that driver.
const desk = document.querySelector(".days");
if (desk) {
  const { stations: of, fields, per_min: per, hours, fates, words } = days;
  const NEVER = 65535, ADAY = 24;
  const [place, date] = desk.querySelectorAll("select");
  const box = desk.querySelector("[data-figure]"), story = desk.querySelector(".story");
  const kept = new Map();
  let told = -1;

  const visitsOf = (key) => {
    if (!kept.has(key)) {
      const raw = bytes(of[key].visits), n = raw.length / 2 / fields.length;
      const words16 = new Uint16Array(raw.buffer);
      kept.set(key, Array.from({ length: n }, (_, v) =>
        Object.fromEntries(fields.map((name, f) => [name, words16[f * n + v]]))));
    }
    return kept.get(key);
  };
  const clock = (h) => `${String(Math.floor(h) % 24).padStart(2, "0")}:${
    String(Math.floor((h % 1) * 60)).padStart(2, "0")}`;
  const at = (value) => value / per / 60;
  const filledIn = (text, values) => say(text).replace(/\{(\w+)\}/g, (_, key) => values[key]);

  const tell = (v) => {
    const own = visitsOf(place.value)[v];
    const plugged = own.plug !== NEVER, left = own.leave !== NEVER;
    const wait = (plugged ? own.plug : left ? own.leave : own.arrival) - own.arrival;
    return filledIn(words[plugged ? (left ? "served" : "still") : fates[own.outcome]] ?? words.other, {
      arrival: clock(at(own.arrival)), soc: own.soc, wait: Math.round(wait / per),
      evse: own.evse + 1, plug: clock(at(own.plug)), on: clock(at(own.on)), off: clock(at(own.off)),
      kwh: (own.kwh / 10).toFixed(1), leave: clock(at(own.leave)), soc_leave: own.soc_leave,
    });
  };

  // Parts of a range of hours by the state in each of the pieces that its cuts make.
  const parts = (begin, end, cuts, stateAt) => {
    const found = [], ends = [...cuts.filter((cut) => cut > begin && cut < end), end];
    let from = begin;
    for (const to of ends) {
      const state = stateAt((from + to) / 2);
      if (found.at(-1)?.[0] === state) found.at(-1)[2] = to;
      else found.push([state, from, to]);
      from = to;
    }
    return found;
  };
  const clocks = Array.from({ length: hours }, (_, h) => h);

  const steps = (visits, from) => {
    const changes = [];
    for (const own of visits) {
      const end = own.plug !== NEVER ? own.plug : fates[own.outcome] === "reneged" ? own.leave : NEVER;
      if (end === own.arrival || (end === NEVER && fates[own.outcome] !== "in_system_at_end")) continue;
      changes.push([at(own.arrival), 1]);
      if (end !== NEVER) changes.push([at(end), -1]);
    }
    changes.sort(([a, x], [b, y]) => a - b || x - y);
    let waiting = 0;
    const x = [0], y = [0];
    for (const [when, by] of changes) {
      waiting += by;
      if (when < from) y[0] = waiting;
      else if (when < from + ADAY) x.push(when - from), y.push(waiting);
    }
    return { x: [...x, ADAY], y: [...y, y.at(-1)] };
  };

  filled.push((figure, own) => {
    if (own !== box) return;
    const { evses, held, down } = of[place.value], visits = visitsOf(place.value);
    const from = Number(date.value) * ADAY, line = steps(visits, from);
    const cuts = line.x.map((h) => h + from);
    const waiting = (h) => line.y[cuts.findLastIndex((cut) => cut <= h)] > 0;
    const traces = Object.fromEntries(figure.data.map((trace) => [trace.meta.state, trace]));
    const bar = (state, begin, end, row, v) => {
      const low = Math.max(begin, from), high = Math.min(end, from + ADAY);
      if (high <= low) return;
      const trace = traces[state];
      trace.base.push(low - from);
      trace.x.push(high - low);
      trace.y.push(row);
      trace.customdata.push(v ?? null);
      trace.hovertext.push(`${trace.name}, ${clock(begin)}–${clock(end)}`);
    };
    visits.forEach((visit, v) => {
      const fate = fates[visit.outcome], end = visit.leave === NEVER ? hours : at(visit.leave);
      if (visit.plug !== NEVER) {
        const off = visit.off === NEVER ? end : at(visit.off), on = Math.min(at(visit.on), off);
        bar("handshake", at(visit.plug), on, visit.evse, v);
        const charges = parts(on, off, clocks, (h) => (held[Math.floor(h)] ? "held" : "charging"));
        const stays = parts(off, end, cuts, (h) => (waiting(h) ? "blocked" : "overstay"));
        for (const [state, a, b] of [...charges, ...stays]) bar(state, a, b, visit.evse, v);
      } else if (traces[fate]) {
        const when = at(visit.leave === NEVER ? visit.arrival : visit.leave) - from;
        if (when < 0 || when >= ADAY) return;
        traces[fate].x.push(when);
        traces[fate].y.push(0);
        traces[fate].customdata.push(v);
        traces[fate].hovertext.push(`${say(words[`name_${fate}`])}, ${clock(when)}`);
      }
    });
    for (const [evse, begin, end] of down) bar("down", at(begin), at(end), evse);
    Object.assign(traces.line, line);
    figure.layout.height = 21 * evses + 190;
    Object.assign(figure.layout.yaxis, { range: [evses - 0.4, -0.6],
      tickvals: Array.from({ length: evses }, (_, k) => k),
      ticktext: Array.from({ length: evses }, (_, k) => String(k + 1)),
      domain: [0, 1 - 120 / (21 * evses + 150)] });
    figure.layout.yaxis2.domain = [1 - 95 / (21 * evses + 150), 1];
  });

  const again = () => {
    told = -1;
    story.textContent = say(words.hint);
    drawn.delete(box);
    drawNear();
  };
  for (const one of [place, date]) one.addEventListener("change", again);
  on("drawn", (own) => own === box && box.on("plotly_click", ({ points: [point] }) => {
    if (point.customdata == null) return; // out of order
    told = point.customdata;
    story.textContent = tell(told);
  }));
  const name = () => {
    story.textContent = told < 0 ? say(words.hint) : tell(told);
    for (const option of place.options) option.textContent = say(stations.names[numbers.get(option.value)]);
    [...date.options].forEach((option) => (option.textContent = say(days.days[option.value])));
  };
  on("spoken", name);
  on("picked", (n) => {
    if (n < 0 || !of[stations.keys[n]]) return;
    place.value = stations.keys[n];
    again();
  });
  name();
}
