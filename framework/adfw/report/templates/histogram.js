/* Scores of good and defective images, what each threshold costs, the strategies' cuts, and the line one can drag. */
const Histogram = (() => {
  const BINS = 48;
  const COLUMNS = 800;
  const MARGIN = { l: 56, r: 16, b: 48 };
  let waiting = 0;
  let view = null; // what is drawn: data, scorer, costs, points, domain, threshold

  const wrap = () => document.getElementById("plot-wrap");
  const plot = () => document.getElementById("histogram");
  const width = () => Math.max(1, wrap().clientWidth - MARGIN.l - MARGIN.r);

  /** The scores' span with a little room, and the cuts near it; a threshold beyond stands at the end. */
  function domainOf(scores, cuts) {
    const span = ([first = 0, ...others]) => others.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [first, first]);
    const finite = scores.filter(Number.isFinite);
    const [least, most] = span(finite);
    const reach = (most - least) / 3 || Infinity;
    const near = cuts.filter((cut) => Number.isFinite(cut) && cut > least - reach && cut < most + reach);
    const [low, high] = span([...finite, ...near]);
    const room = (high - low) * 0.04 || Math.abs(high) * 0.05 || 1;
    return [low - room, high + room];
  }

  const share = (t) => Math.min(1, Math.max(0, (t - view.domain[0]) / (view.domain[1] - view.domain[0])));
  const pixel = (t) => MARGIN.l + share(t) * width();
  const valueAt = (fraction) => view.domain[0] + fraction * (view.domain[1] - view.domain[0]);
  const within = (t) => valueAt(share(t));

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
    const color = Charts.colour(yaxis === "y" ? "good" : "bad");
    const hatched = { shape: "/", fillmode: "overlay", fgcolor: Charts.colour("card"), fgopacity: 0.75, size: 6, solidity: 0.25 };
    return {
      type: "bar", name, y, yaxis, x: Array.from({ length: BINS }, (_, i) => valueAt((i + 0.5) / BINS)),
      marker: wrong ? { color, pattern: hatched } : { color, opacity: 0.6 },
      hovertemplate: `%{y} ${name} near %{x:.4g}<extra></extra>`,
    };
  }

  function barTraces({ data, scorer, threshold }) {
    const bins = binned(data, scorer.scores, threshold);
    return [
      bars("good, passed", bins.tn, "y"), bars("good, rejected", bins.fp, "y", true),
      bars("defective, rejected", bins.tp, "y2"), bars("defective, missed", bins.fn, "y2", true),
    ];
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

  /** What each threshold costs: c decides for every threshold above the next lower score, up to and with c. */
  function costTraces({ points, domain, costs }) {
    const rows = thinned(points.map((point, i) => {
      const { miss, alarm } = Decisions.ratesOf(points, i);
      return { x: Math.min(domain[1], point.cut), y: Decisions.cost(miss, alarm, costs) };
    }).reverse());
    const best = Decisions.cheapest(points, costs);
    const shared = { type: "scatter", yaxis: "y3" };
    return [
      {
        ...shared, mode: "lines", x: [domain[0], ...rows.map((row) => row.x)], y: [rows[0].y, ...rows.map((row) => row.y)],
        line: { shape: "vh", color: Charts.colour("text"), width: 2 }, hovertemplate: "%{y:.4g} per 1,000 parts<extra></extra>",
      },
      {
        ...shared, mode: "markers", x: [within(best.cut)], y: [best.cost], cliponaxis: false,
        marker: { size: 12, symbol: "star", color: Charts.colour("accent") }, hovertemplate: "cheapest: %{y:.4g}<extra></extra>",
      },
    ];
  }

  /** Puts the strategies' numbers above their lines, on another level where they would overlap. */
  function tags(strategies) {
    const ends = [];
    return strategies.filter((s) => s.cut !== null).sort((a, b) => a.cut - b.cut).map((strategy) => {
      const x = pixel(strategy.cut);
      let level = ends.findIndex((end) => x - end >= 20);
      if (level < 0) level = ends.length;
      ends[level] = x;
      return { strategy, x: within(strategy.cut), level };
    });
  }

  function tagAnnotation({ strategy, x, level }) {
    const look = { bgcolor: Charts.colour("card"), bordercolor: Charts.colour("muted"), borderpad: 2 };
    const font = { size: 11, color: Charts.colour("text") };
    const hovertext = Charts.escaped(strategy.label);
    return { x, y: 1, yref: "paper", yshift: 33 + 20 * level, text: arrowed(strategy), showarrow: false, hovertext, font, ...look };
  }

  /** The number of a strategy, with an arrow where its cut lies beyond the picture. */
  function arrowed({ mark, cut }) {
    if (cut < view.domain[0]) return `◂ ${mark}`;
    return cut > view.domain[1] ? `${mark} ▸` : String(mark);
  }

  function tagLine({ x }) {
    const line = { color: Charts.colour("muted"), width: 1, dash: "dash" };
    return { type: "line", x0: x, x1: x, y0: 0, y1: 1, yref: "paper", line };
  }

  /** The band between a strategy's two cuts, whose parts a human looks at. */
  function reviewBand({ review, cut }) {
    const shade = { fillcolor: Charts.colour("shade"), line: { width: 0 }, layer: "below" };
    return { type: "rect", yref: "paper", y0: 0, y1: 1, x0: within(review), x1: within(cut), ...shade };
  }

  const HEADINGS = [
    "<b>good images</b>, hatched: false alarms", "<b>defective images</b>, hatched: missed",
    "<b>cost</b> per 1,000 parts, star: cheapest",
  ];

  function heading([, y], index) {
    const place = { x: 1, y, xref: "paper", yref: "paper", xanchor: "right", yanchor: "bottom" };
    return { ...place, text: HEADINGS[index], showarrow: false, font: { size: 12, color: Charts.colour("muted") } };
  }

  function draw(data, scorer, threshold, costs) {
    const cuts = scorer.strategies.map((s) => s.cut ?? NaN);
    view = { data, scorer, costs, threshold, points: scorer.points, domain: domainOf(scorer.scores, cuts) };
    const found = tags(scorer.strategies);
    const top = 44 + 20 * Math.max(0, ...found.map((tag) => tag.level + 1));
    const rows = costs ? [[0.72, 1], [0.36, 0.64], [0, 0.27]] : [[0.56, 1], [0, 0.44]];
    const banded = scorer.strategies.filter((s) => s.review !== null && s.cut !== null);
    const counts = (domain) => Charts.axis("", { domain, rangemode: "tozero", nticks: 4 });
    const scale = { exponentformat: "power", tickangle: 0, nticks: Math.max(3, Math.round(width() / 90)) };
    const layout = {
      width: wrap().clientWidth, height: top + MARGIN.b + (costs ? 420 : 300), margin: { ...MARGIN, t: top },
      barmode: "stack", bargap: 0.06, yaxis: counts(rows[0]), yaxis2: counts(rows[1]), ...(costs && { yaxis3: counts(rows[2]) }),
      xaxis: Charts.axis("score: higher is more suspicious", { ...scale, range: view.domain, anchor: costs ? "y3" : "y2" }),
      shapes: [...banded.map(reviewBand), ...found.map(tagLine)],
      annotations: [...rows.map(heading), ...found.map(tagAnnotation)],
    };
    wrap().style.setProperty("--top", `${top}px`);
    Plotly.react(plot(), [...barTraces(view), ...(costs ? costTraces(view) : [])], Charts.layout(layout), Charts.CONFIG);
    place(threshold);
  }

  /** Moves line and shade to t at once; the hatching, which is slow to draw, follows the hand ten times a second. */
  function move(t) {
    place(t);
    view.threshold = t;
    waiting ||= setTimeout(() => {
      waiting = 0;
      Plotly.restyle(plot(), { y: barTraces(view).map((trace) => trace.y) }, [0, 1, 2, 3]);
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
    const stop = () => line.removeEventListener("pointermove", drag);
    ["pointerup", "pointercancel"].forEach((end) => line.addEventListener(end, stop));
  }

  return { draw, move, listen, share: (t) => share(t), valueAt: (fraction) => valueAt(fraction) };
})();
