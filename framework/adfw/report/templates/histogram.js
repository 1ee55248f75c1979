/* Scores of good and defective images, the strategies' cuts, and the line one can drag. */
const Histogram = (() => {
  const BINS = 48;
  const COLUMNS = 800;
  const MARGIN = { l: 56, r: 16, b: 48 };
  let waiting = 0;
  let view = null; // what is drawn: scorer, domain, bins, costs

  const wrap = () => document.getElementById("plot-wrap");
  const plot = () => document.getElementById("histogram");
  const width = () => Math.max(1, wrap().clientWidth - MARGIN.l - MARGIN.r);

  /** The scores' span with a little room; a threshold beyond it stands at its end. */
  function domainOf(scores, cuts) {
    const finite = [...scores, ...cuts].filter(Number.isFinite);
    const low = finite.length ? Math.min(...finite) : 0;
    const high = finite.length ? Math.max(...finite) : 1;
    const room = (high - low) * 0.04 || Math.abs(high) * 0.05 || 1;
    return [low - room, high + room];
  }

  const share = (t) => Math.min(1, Math.max(0, (t - view.domain[0]) / (view.domain[1] - view.domain[0])));
  const pixel = (t) => MARGIN.l + share(t) * width();
  const valueAt = (fraction) => view.domain[0] + fraction * (view.domain[1] - view.domain[0]);

  /** Counts by bin and class, those at or above t apart. */
  function binned({ labels }, scores, t) {
    const bins = { tn: [], fp: [], fn: [], tp: [] };
    Object.values(bins).forEach((list) => list.push(...Array(BINS).fill(0)));
    scores.forEach((score, i) => {
      if (!Number.isFinite(score)) return;
      const bin = Math.min(BINS - 1, Math.floor(share(score) * BINS));
      const key = labels[i] ? (score >= t ? "tp" : "fn") : (score >= t ? "fp" : "tn");
      bins[key][bin] += 1;
    });
    return bins;
  }

  function bars(name, y, yaxis, wrong) {
    const base = Charts.colour(yaxis === "y" ? "good" : "bad");
    return {
      type: "bar", name, y, yaxis, x: Array.from({ length: BINS }, (_, i) => valueAt((i + 0.5) / BINS)),
      marker: wrong
        ? { color: base, pattern: { shape: "/", fillmode: "overlay", fgcolor: Charts.colour("card"), fgopacity: 0.75, size: 6, solidity: 0.25 } }
        : { color: base, opacity: 0.6 },
      hovertemplate: `%{y} ${name} near %{x:.4g}<extra></extra>`,
    };
  }

  /** Of more steps than a screen has columns, the cheapest of each column. */
  function thinned(rows) {
    if (rows.length <= COLUMNS) return rows;
    const columns = new Map();
    rows.forEach((row) => {
      const column = Math.floor(share(row.x) * COLUMNS);
      if (!columns.has(column) || row.y < columns.get(column).y) columns.set(column, row);
    });
    return [...columns.values()];
  }

  function costTrace({ points, domain, costs }) {
    const rows = thinned(points.map((p, i) => {
      const { miss, alarm } = Decisions.ratesOf(points, i);
      return { x: Math.min(domain[1], p.cut), y: Decisions.cost(miss, alarm, costs) };
    }).reverse());
    const [x, y] = [rows.map((row) => row.x), rows.map((row) => row.y)];
    return { type: "scatter", mode: "lines", x: [domain[0], ...x], y: [y[0], ...y], yaxis: "y3", line: { shape: "vh", color: Charts.colour("text"), width: 2 }, hovertemplate: "%{y:.4g} per 1,000 parts<extra></extra>" };
  }

  /** Where the cheapest threshold stands on the cost's line. */
  function bestTrace({ points, domain, costs }) {
    const best = Decisions.cheapest(points, costs);
    const marker = { size: 12, symbol: "star", color: Charts.colour("accent") };
    return { type: "scatter", mode: "markers", x: [Math.min(domain[1], best.cut)], y: [best.cost], yaxis: "y3", marker, cliponaxis: false, hovertemplate: "cheapest: %{y:.4g} per 1,000 parts<extra></extra>" };
  }

  /** Puts the strategies' numbers above their lines, on another level where they would overlap. */
  function tags(strategies) {
    const ends = [];
    return strategies.filter((s) => s.cut !== null).sort((a, b) => a.cut - b.cut).map((s) => {
      const x = pixel(s.cut);
      let level = ends.findIndex((end) => x - end >= 20);
      if (level < 0) level = ends.length;
      ends[level] = x;
      return { strategy: s, x: valueAt((x - MARGIN.l) / width()), level };
    });
  }

  function headings(rows) {
    const texts = ["<b>good images</b>, hatched: false alarms", "<b>defective images</b>, hatched: missed", "<b>cost</b> per 1,000 parts, star: cheapest"];
    return rows.map(([, y], index) => ({ x: 1, y, xref: "paper", yref: "paper", xanchor: "right", yanchor: "bottom", text: texts[index], showarrow: false, font: { size: 12, color: Charts.colour("muted") } }));
  }

  function draw(data, scorer, t, costs) {
    view = { data, scorer, costs, points: scorer.points, domain: domainOf(scorer.scores, scorer.strategies.map((s) => s.cut ?? NaN)) };
    view.threshold = t;
    const bins = binned(data, scorer.scores, t);
    const found = tags(scorer.strategies);
    const top = 44 + 20 * (1 + Math.max(-1, ...found.map((f) => f.level)));
    const rows = costs && scorer.points.length > 1 ? [[0.72, 1], [0.36, 0.64], [0, 0.27]] : [[0.56, 1], [0, 0.44]];
    const height = top + MARGIN.b + (rows.length === 3 ? 420 : 300);
    const yaxis = (domain) => Charts.axis("", { domain, rangemode: "tozero", nticks: 4 });
    const traces = [bars("good, passed", bins.tn, "y"), bars("good, rejected", bins.fp, "y", true), bars("defective, rejected", bins.tp, "y2"), bars("defective, missed", bins.fn, "y2", true)];
    const review = scorer.strategies.filter((s) => s.review !== null && s.cut !== null);
    const layout = {
      height, barmode: "stack", bargap: 0.06, margin: { ...MARGIN, t: top },
      xaxis: Charts.axis("score: higher is more suspicious", { range: view.domain, anchor: rows.length === 3 ? "y3" : "y2", exponentformat: "power", nticks: 7 }),
      yaxis: yaxis(rows[0]), yaxis2: yaxis(rows[1]), ...(rows[2] && { yaxis3: yaxis(rows[2]) }),
      shapes: [
        ...review.map((s) => ({ type: "rect", yref: "paper", y0: 0, y1: 1, x0: valueAt(share(s.review)), x1: valueAt(share(s.cut)), fillcolor: Charts.colour("shade"), line: { width: 0 }, layer: "below" })),
        ...found.map((f) => ({ type: "line", x0: f.x, x1: f.x, y0: 0, y1: 1, yref: "paper", line: { color: Charts.colour("muted"), width: 1, dash: "dash" } })),
      ],
      annotations: [...headings(rows), ...found.map((f) => ({ x: f.x, y: 1, yref: "paper", yshift: 33 + 20 * f.level, text: String(f.strategy.mark), showarrow: false, hovertext: Charts.escaped(f.strategy.label), font: { size: 11, color: Charts.colour("text") }, bgcolor: Charts.colour("card"), bordercolor: Charts.colour("muted"), borderpad: 2 }))],
    };
    wrap().style.setProperty("--top", `${top}px`);
    if (rows.length === 3) traces.push(costTrace(view), bestTrace(view));
    Plotly.react(plot(), traces, { ...Charts.layout(layout), width: wrap().clientWidth }, Charts.CONFIG);
    place(t);
  }

  /** Moves line and shade to t at once; the hatching, which is slow to draw, follows the hand ten times a second. */
  function move(t) {
    place(t);
    view.threshold = t;
    waiting ||= setTimeout(() => {
      waiting = 0;
      const bins = binned(view.data, view.scorer.scores, view.threshold);
      Plotly.restyle(plot(), { y: [bins.tn, bins.fp, bins.tp, bins.fn] }, [0, 1, 2, 3]);
    }, 100);
  }

  function place(t) {
    const x = pixel(t);
    document.getElementById("cut-line").style.left = `${x}px`;
    const zone = document.getElementById("rejected-zone");
    zone.style.left = `${x}px`;
    zone.style.width = `${Math.max(0, MARGIN.l + width() - x)}px`;
    const label = document.getElementById("cut-label");
    label.textContent = `passed ◂ ${Words.score(t)} ▸ rejected`;
    const half = label.offsetWidth / 2;
    label.style.left = `${Math.min(wrap().clientWidth - half, Math.max(half, x))}px`;
  }

  /** Calls `moved(t)` while the line is dragged with mouse, pen or finger. */
  function listen(moved) {
    const line = document.getElementById("cut-line");
    const drag = (event) => {
      const x = event.clientX - wrap().getBoundingClientRect().left - MARGIN.l;
      moved(valueAt(Math.min(1, Math.max(0, x / width()))));
    };
    line.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      line.setPointerCapture(event.pointerId);
      line.addEventListener("pointermove", drag);
    });
    ["pointerup", "pointercancel"].forEach((end) => line.addEventListener(end, () => line.removeEventListener("pointermove", drag)));
  }

  return { draw, move, listen, share: (t) => share(t), valueAt: (fraction) => valueAt(fraction) };
})();
