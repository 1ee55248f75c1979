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
    return {
      title: { text: title, standoff: 10 }, fixedrange: true, zeroline: false, automargin: false,
      gridcolor: colour("grid"), linecolor: colour("grid"), tickcolor: colour("grid"), ...more,
    };
  }

  function layout(more) {
    return {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: false, hovermode: "closest",
      font: { family: "system-ui, sans-serif", size: 13, color: colour("text") },
      hoverlabel: { bgcolor: colour("card"), bordercolor: colour("grid"), font: { color: colour("text") } },
      margin: { l: 68, r: 16, t: 12, b: 52 }, height: 340, showlegend: false, ...more,
    };
  }

  function draw(id, traces, more) {
    const place = document.getElementById(id);
    return Plotly.react(place, traces, { ...layout(more), width: place.clientWidth }, CONFIG);
  }

  const rateAxis = (title) => axis(title, { range: [-0.02, 1.02], tickformat: ".0%", dtick: 0.25 });

  function marks(strategies, x, y) {
    const shown = strategies.filter((s) => x(s) !== null && y(s) !== null);
    return {
      x: shown.map(x), y: shown.map(y), mode: "markers+text", text: shown.map((s) => String(s.mark)),
      customdata: shown.map((s) => s.label), hovertemplate: "%{customdata}<br>%{x:.1%}, %{y:.1%}<extra></extra>",
      showlegend: false, cliponaxis: false, marker: { size: 19, color: colour("card"), line: { color: colour("text"), width: 1.5 } },
      textfont: { size: 11, color: colour("text") }, textposition: "middle center",
    };
  }

  function here(x, y) {
    const defined = x !== null && y !== null;
    return {
      x: defined ? [x] : [], y: defined ? [y] : [], mode: "markers", showlegend: false, cliponaxis: false, hovertemplate: "your line<br>%{x:.1%}, %{y:.1%}<extra></extra>",
      marker: { size: 13, symbol: "diamond", color: colour("accent"), line: { color: colour("card"), width: 2 } },
    };
  }

  function curve(scorer, index, selected, points) {
    const chosen = index === selected;
    return {
      ...points, mode: "lines", name: escaped(scorer.label), opacity: chosen ? 1 : 0.55,
      hovertemplate: `${escaped(scorer.label)}<br>%{x:.1%}, %{y:.1%}<extra></extra>`,
      line: { ...points.line, color: series(index), width: chosen ? 3 : 1.5, dash: chosen ? "solid" : DASHES[1 + (index % 4)] },
    };
  }

  /** Plotly reads a little HTML in its texts: what comes from users stays text. */
  function escaped(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  function roc(scorers, selected, now) {
    const curves = scorers.map((scorer, index) => {
      const rates = scorer.points.map((_, i) => Decisions.ratesOf(scorer.points, i)).filter((r) => r.miss !== null && r.alarm !== null);
      return curve(scorer, index, selected, { x: rates.map((r) => r.alarm), y: rates.map((r) => 1 - r.miss) });
    });
    const chance = { x: [0, 1], y: [0, 1], mode: "lines", hoverinfo: "skip", showlegend: false, line: { color: colour("muted"), dash: "dot", width: 1 } };
    const own = marks(scorers[selected].strategies, (s) => s.alarm, (s) => (s.miss === null ? null : 1 - s.miss));
    return draw("roc", [chance, ...curves, own, here(now.alarm, now.miss === null ? null : 1 - now.miss)],
      { xaxis: rateAxis("good parts rejected"), yaxis: rateAxis("defects caught"), showlegend: scorers.length > 1, legend: { x: 1, y: 0.02, xanchor: "right", yanchor: "bottom", bgcolor: colour("card") } });
  }

  function precisionRecall(scorers, selected, now) {
    const curves = scorers.map((scorer, index) => {
      const total = scorer.points[scorer.points.length - 1];
      const points = total.tp ? scorer.points.filter((p) => p.tp + p.fp > 0) : [];
      return curve(scorer, index, selected,
        { x: points.map((p) => p.tp / total.tp), y: points.map((p) => p.tp / (p.tp + p.fp)), line: { shape: "vh" } });
    });
    const total = scorers[selected].points[scorers[selected].points.length - 1];
    const share = total.tp / (total.tp + total.fp);
    const base = { x: [0, 1], y: [share, share], mode: "lines", hoverinfo: "skip", line: { color: colour("muted"), dash: "dot", width: 1 } };
    const own = marks(scorers[selected].strategies, (s) => (s.miss === null ? null : 1 - s.miss), (s) => s.precision);
    return draw("pr", [base, ...curves, own, here(now.miss === null ? null : 1 - now.miss, now.precision)],
      { xaxis: rateAxis("defects caught (recall)"), yaxis: rateAxis("rejects that are defective") });
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

  function costCurve(scorer, now, costs) {
    const own = scorer.strategies.filter((s) => s.miss !== null && s.alarm !== null);
    const top = Math.max(0.55, ...own.flatMap((s) => [s.alarm, s.miss])) * 1.04;
    const lines = own.map((s, index) => ({
      x: [0, 1], y: [s.alarm, s.miss], mode: "lines", hovertemplate: `${s.mark} ${escaped(s.label)}<br>%{y:.3f}<extra></extra>`,
      line: { color: series(index), width: 2, dash: DASHES[index % 5] },
    }));
    const ends = apart(own.map((s) => s.miss), top / 18);
    const names = { x: own.map(() => 1), y: ends, mode: "text", text: own.map((s) => `  ${s.mark}`), textposition: "middle right", cliponaxis: false, hoverinfo: "skip", textfont: { color: colour("text"), size: 12 } };
    const trivial = [[[0, 1], "reject nothing"], [[1, 0], "reject all"]].map(([y, name]) => ({
      x: [0, 1], y, mode: "lines", hovertemplate: `${name}<extra></extra>`, line: { color: colour("muted"), width: 1, dash: "dot" },
    }));
    const best = { ...scorer.envelope, mode: "lines", fill: "tozeroy", fillcolor: colour("shade"), hovertemplate: "lower envelope<br>%{y:.3f}<extra></extra>", line: { color: colour("muted"), width: 1 } };
    const moved = now.miss === null || now.alarm === null ? [] : [{ x: [0, 1], y: [now.alarm, now.miss], mode: "lines", hovertemplate: "your line<br>%{y:.3f}<extra></extra>", line: { color: colour("accent"), width: 4 } }];
    const place = costs && Decisions.probabilityCost(costs);
    const shapes = place === null ? [] : [{ type: "line", x0: place, x1: place, y0: 0, y1: 1, yref: "paper", line: { color: colour("accent"), width: 1.5, dash: "dash" } }];
    return draw("cost-curve", [best, ...trivial, ...lines, ...moved, names], {
      shapes, height: 400, margin: { l: 68, r: 40, t: 12, b: 52 },
      xaxis: axis("weight of misses (probability cost)", { range: [0, 1], dtick: 0.25 }),
      yaxis: axis("normalised expected cost", { range: [0, top] }),
    });
  }

  function training(history) {
    const losses = Object.keys(history[0]).filter((key) => key.includes("loss"));
    const epochs = history.map((row, index) => row.epoch ?? index + 1);
    const traces = losses.map((key, index) => ({
      x: epochs, y: history.map((row) => row[key]), mode: history.length > 1 ? "lines" : "markers", name: key.replaceAll("_", " "),
      line: { color: series(index), width: 2, dash: DASHES[index % 5] },
    }));
    const rate = history.some((row) => "lr" in row)
      ? [{ x: epochs, y: history.map((row) => row.lr), mode: "lines", name: "learning rate (right)", yaxis: "y2", line: { color: colour("muted"), width: 1, dash: "dot", shape: "hv" } }] : [];
    return draw("training-curves", [...traces, ...rate], {
      showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom" }, hovermode: "x unified", margin: { l: 70, r: 70, t: 40, b: 48 },
      xaxis: axis("epoch"), yaxis: axis("loss", { type: "log", exponentformat: "power", dtick: "D2" }),
      yaxis2: axis("", { type: "log", overlaying: "y", side: "right", showgrid: false, exponentformat: "power", dtick: 1 }),
    });
  }

  return { CONFIG, colour, axis, layout, escaped, roc, precisionRecall, costCurve, training };
})();
