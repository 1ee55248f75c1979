/* The charts that stand still but for the moved threshold: ROC, precision-recall, cost curve, training. */
const Charts = (() => {
  const CONFIG = { displayModeBar: false };
  const DASHES = ["solid", "dash", "dot", "dashdot", "longdash"];

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  /** Colours in an order that the colour-blind can tell apart (Okabe and Ito), from the page's theme. */
  function series(index) {
    return colour(`series-${(index % 6) + 1}`);
  }

  function axis(title, more = {}) {
    const grid = { gridcolor: colour("grid"), linecolor: colour("grid"), tickcolor: colour("grid") };
    return { title: { text: title, standoff: 10 }, fixedrange: true, zeroline: false, automargin: false, ...grid, ...more };
  }

  function layout(more) {
    const font = { family: "system-ui, sans-serif", size: 13, color: colour("text") };
    return {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: false, hovermode: "closest", font,
      hoverlabel: { bgcolor: colour("card"), bordercolor: colour("grid"), font: { color: colour("text") } },
      margin: { l: 68, r: 16, t: 12, b: 52 }, height: 340, showlegend: false, ...more,
    };
  }

  /** Draws as wide as the place is now; the page draws anew when that changes. */
  function draw(id, traces, more) {
    const place = document.getElementById(id);
    return Plotly.react(place, traces, { ...layout(more), width: place.clientWidth }, CONFIG);
  }

  /** Plotly reads a little HTML in its texts: what comes from users stays text. */
  function escaped(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  const rateAxis = (title) => axis(title, { range: [-0.02, 1.02], tickformat: ".0%", dtick: 0.25 });
  const rateHover = (name) => `${name}<br>%{x:.1%}, %{y:.1%}<extra></extra>`;

  function guide(x, y, hover = {}) {
    const line = { color: colour("muted"), dash: "dot", width: 1 };
    return { x, y, mode: "lines", hoverinfo: "skip", showlegend: false, line, ...hover };
  }

  /** The strategies as numbered rings. */
  function marks(strategies, x, y) {
    const shown = strategies.filter((s) => x(s) !== null && y(s) !== null);
    return {
      x: shown.map(x), y: shown.map(y), mode: "markers+text", text: shown.map((s) => String(s.mark)),
      customdata: shown.map((s) => escaped(s.label)), hovertemplate: rateHover("%{customdata}"),
      marker: { size: 19, color: colour("card"), line: { color: colour("text"), width: 1.5 } },
      textfont: { size: 11, color: colour("text") }, textposition: "middle center", showlegend: false, cliponaxis: false,
    };
  }

  /** The threshold in hand as a diamond. */
  function here(x, y) {
    const defined = x !== null && y !== null;
    return {
      x: defined ? [x] : [], y: defined ? [y] : [], mode: "markers", hovertemplate: rateHover("your line"),
      marker: { size: 13, symbol: "diamond", color: colour("accent"), line: { color: colour("card"), width: 2 } },
      showlegend: false, cliponaxis: false,
    };
  }

  function curve(scorer, index, selected, points) {
    const chosen = index === selected;
    const look = { color: series(index), width: chosen ? 3 : 1.5, dash: chosen ? "solid" : DASHES[1 + (index % 4)] };
    const name = escaped(scorer.label);
    return { ...points, mode: "lines", name, opacity: chosen ? 1 : 0.55, hovertemplate: rateHover(name), line: { ...points.line, ...look } };
  }

  const caught = ({ miss }) => (miss === null ? null : 1 - miss);

  function roc(scorers, selected, now) {
    const curves = scorers.map((scorer, index) => {
      const rates = scorer.points.map((_, i) => Decisions.ratesOf(scorer.points, i));
      const defined = rates.filter(({ miss, alarm }) => miss !== null && alarm !== null);
      return curve(scorer, index, selected, { x: defined.map((r) => r.alarm), y: defined.map(caught) });
    });
    const own = marks(scorers[selected].strategies, (s) => s.alarm, caught);
    const legend = { x: 1, y: 0.02, xanchor: "right", yanchor: "bottom", bgcolor: colour("card") };
    return draw("roc", [guide([0, 1], [0, 1]), ...curves, own, here(now.alarm, caught(now))], {
      xaxis: rateAxis("good parts rejected"), yaxis: rateAxis("defects caught"), showlegend: scorers.length > 1, legend,
    });
  }

  function precisionRecall(scorers, selected, now) {
    const totalOf = ({ points }) => points[points.length - 1];
    const curves = scorers.map((scorer, index) => {
      const total = totalOf(scorer);
      const points = total.tp ? scorer.points.filter((p) => p.tp + p.fp > 0) : [];
      const [x, y] = [points.map((p) => p.tp / total.tp), points.map((p) => p.tp / (p.tp + p.fp))];
      return curve(scorer, index, selected, { x, y, line: { shape: "vh" } });
    });
    const { tp, fp } = totalOf(scorers[selected]);
    const share = tp / (tp + fp);
    const own = marks(scorers[selected].strategies, caught, (s) => s.precision);
    return draw("pr", [guide([0, 1], [share, share]), ...curves, own, here(caught(now), now.precision)], {
      xaxis: rateAxis("defects caught (recall)"), yaxis: rateAxis("rejects that are defective"),
    });
  }

  /** Moves values apart, upwards, until neighbours keep the gap: places for labels. */
  function apart(values, gap) {
    const places = [...values];
    let last = -Infinity;
    [...values.keys()].sort((a, b) => values[a] - values[b]).forEach((index) => {
      last = Math.max(values[index], last + gap);
      places[index] = last;
    });
    return places;
  }

  /** A line of the cost curve: normalised expected cost from all weight on false alarms to all on misses. */
  function costLine(rates, name, line) {
    return { x: [0, 1], y: [rates.alarm, rates.miss], mode: "lines", hovertemplate: `${name}<br>%{y:.3f}<extra></extra>`, line };
  }

  function costCurve(scorer, now, costs) {
    const priced = ({ miss, alarm }) => miss !== null && alarm !== null;
    const own = scorer.strategies.filter(priced);
    const top = Math.max(0.55, ...own.flatMap((s) => [s.alarm, s.miss])) * 1.04;
    const lines = own.map((s, index) => (
      costLine(s, `${s.mark} ${escaped(s.label)}`, { color: series(index), width: 2, dash: DASHES[index % 5] })));
    const names = {
      x: own.map(() => 1), y: apart(own.map((s) => s.miss), top / 18), mode: "text", text: own.map((s) => `  ${s.mark}`),
      textposition: "middle right", cliponaxis: false, hoverinfo: "skip", textfont: { color: colour("text"), size: 12 },
    };
    const best = {
      ...scorer.envelope, mode: "lines", fill: "tozeroy", fillcolor: colour("shade"), line: { color: colour("muted"), width: 1 },
      hovertemplate: "lower envelope<br>%{y:.3f}<extra></extra>",
    };
    const trivial = [
      guide([0, 1], [0, 1], { hoverinfo: undefined, hovertemplate: "reject nothing<extra></extra>" }),
      guide([0, 1], [1, 0], { hoverinfo: undefined, hovertemplate: "reject all<extra></extra>" }),
    ];
    const moved = priced(now) ? [costLine(now, "your line", { color: colour("accent"), width: 4 })] : [];
    const place = costs && Decisions.probabilityCost(costs);
    const upright = { type: "line", x0: place, x1: place, y0: 0, y1: 1, yref: "paper" };
    return draw("cost-curve", [best, ...trivial, ...lines, ...moved, names], {
      height: 400, margin: { l: 68, r: 40, t: 12, b: 52 },
      shapes: place === null ? [] : [{ ...upright, line: { color: colour("accent"), width: 1.5, dash: "dash" } }],
      xaxis: axis("weight of misses (probability cost)", { range: [0, 1], dtick: 0.25 }),
      yaxis: axis("normalised expected cost", { range: [0, top] }),
    });
  }

  function training(history) {
    const losses = Object.keys(history[0]).filter((key) => key.includes("loss"));
    const epochs = history.map((row, index) => row.epoch ?? index + 1);
    const mode = history.length > 1 ? "lines" : "markers";
    const column = (key, name, more) => ({ x: epochs, y: history.map((row) => row[key]), mode, name: escaped(name), ...more });
    const traces = losses.map((key, index) => (
      column(key, key.replaceAll("_", " "), { line: { color: series(index), width: 2, dash: DASHES[index % 5] } })));
    if (history.some((row) => "lr" in row)) {
      const line = { color: colour("muted"), width: 1, dash: "dot", shape: "hv" };
      traces.push(column("lr", "learning rate (right)", { yaxis: "y2", line }));
    }
    const log = { type: "log", exponentformat: "power" };
    return draw("training-curves", traces, {
      showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom" }, hovermode: "x unified",
      margin: { l: 70, r: 70, t: 40, b: 48 }, xaxis: axis("epoch"), yaxis: axis("loss", { ...log, dtick: "D2" }),
      yaxis2: axis("", { ...log, overlaying: "y", side: "right", showgrid: false, dtick: 1 }),
    });
  }

  return { CONFIG, colour, axis, layout, escaped, roc, precisionRecall, costCurve, training };
})();
