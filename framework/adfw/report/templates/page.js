/* The page's state (scorer, threshold, costs) and what follows when one of them changes. */
(() => {
  const element = (id) => document.getElementById(id);
  const data = JSON.parse(element("adfw-data").textContent);
  data.thumbnails = JSON.parse(element("adfw-thumbnails").textContent);
  data.scorers.forEach((scorer) => {
    scorer.scores = scorer.scores.map(Number); // "Infinity" and "NaN" come as text
    scorer.points = Decisions.candidates(data.labels, scorer.scores);
    scorer.stops = Decisions.stops(scorer.points);
    scorer.envelope = Decisions.envelope(scorer.points);
    scorer.strategies.forEach((s) => {
      s.cut = s.cut === null ? null : Number(s.cut);
      s.review = s.review === null ? null : Number(s.review);
    });
  });
  const state = { selected: 0, threshold: 0, costs: null };
  const scorer = () => data.scorers[state.selected];
  let frame = 0;
  let pause = 0;
  let resizing = 0;

  function now() {
    const c = Decisions.counts(data.labels, scorer().scores, state.threshold);
    const precision = c.tp + c.fp ? c.tp / (c.tp + c.fp) : null;
    return { counts: c, ...Decisions.rates(c), precision };
  }

  /** Shows the threshold everywhere; the slow charts follow when the hand rests. */
  function show() {
    const at = now();
    const price = state.costs && Decisions.cost(at.miss, at.alarm, state.costs);
    const text = Explorer.sentence(at.counts, state.threshold, price);
    Histogram.move(state.threshold);
    Explorer.showCounts(at.counts, state.threshold, price);
    Explorer.showDefects(data, scorer().scores, state.threshold);
    Explorer.showWrong(data, scorer().scores, state.threshold);
    const range = element("cut-range");
    range.value = Math.round(1000 * Histogram.share(state.threshold));
    element("sentence").textContent = text;
    range.setAttribute("aria-valuetext", text);
    range.dataset.threshold = state.threshold; // exact, where the page shows four digits
    clearTimeout(pause);
    pause = setTimeout(() => {
      element("live-sentence").textContent = text;
      drawCurves(at);
    }, 250);
  }

  function drawCurves(at) {
    Charts.roc(data.scorers, state.selected, at);
    Charts.precisionRecall(data.scorers, state.selected, at);
    Charts.costCurve(scorer(), at, state.costs);
  }

  function moveTo(threshold) {
    state.threshold = threshold;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(show);
  }

  /** Draws everything anew: another scorer, other costs, another width, theme or medium. */
  function redraw() {
    const best = state.costs && Decisions.cheapest(scorer().points, state.costs);
    Costs.tell(best, state.costs);
    element("go-best").onclick = best && (() => moveTo(best.cut));
    Histogram.draw(data, scorer(), state.threshold, best && state.costs);
    show();
    drawCurves(now());
    if (data.history.length) Charts.training(data.history);
  }

  function choose(index) {
    state.selected = index;
    document.querySelectorAll("[data-scorer]").forEach((part) => { part.hidden = Number(part.dataset.scorer) !== index; });
    Explorer.presets(scorer().strategies, moveTo);
    const first = scorer().strategies.find((s) => s.cut !== null);
    state.threshold = first ? first.cut : scorer().stops[Math.floor(scorer().stops.length / 2)];
    redraw();
  }

  /** One step of the keyboard: to the next threshold that decides otherwise. */
  function step(direction) {
    const { stops } = scorer();
    const next = direction > 0 ? stops.find((t) => t > state.threshold) : stops.findLast((t) => t < state.threshold);
    if (next !== undefined) moveTo(next);
  }

  function keys(event) {
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
    const place = Histogram.share(state.threshold);
    if (event.key in steps) step(steps[event.key]);
    else if (event.key === "Home") moveTo(scorer().stops[0]);
    else if (event.key === "End") moveTo(Infinity);
    else if (event.key === "PageUp") moveTo(Histogram.valueAt(Math.min(1, place + 0.05)));
    else if (event.key === "PageDown") moveTo(Histogram.valueAt(Math.max(0, place - 0.05)));
    else return;
    event.preventDefault();
  }

  function typed(event) {
    const text = event.target.value.trim().replace("−", "-").replace("∞", "Infinity").replace(",", ".");
    const value = text === "" ? NaN : Number(text);
    element("cut-problem").textContent = Number.isNaN(value) ? "Type a number, such as 0.0005." : "";
    if (!Number.isNaN(value)) moveTo(value);
  }

  document.documentElement.classList.add("with-script");
  document.querySelectorAll("input[name=scorer]").forEach((radio) => {
    radio.addEventListener("change", () => choose(Number(radio.value)));
  });
  element("cut-range").addEventListener("input", (event) => moveTo(Histogram.valueAt(event.target.value / 1000)));
  element("cut-range").addEventListener("keydown", keys);
  element("cut-number").addEventListener("input", typed);
  if (data.costs) {
    element("costs").dataset.stated = JSON.stringify(data.costs);
    Costs.fill(data.costs);
  }
  Histogram.listen(moveTo);
  Explorer.listen(show);
  Gallery.listen();
  Costs.listen(() => {
    state.costs = Costs.read();
    redraw();
  });
  ["(prefers-color-scheme: dark)", "print"].forEach((query) => matchMedia(query).addEventListener("change", redraw));
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(redraw, 150);
  });
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
  state.costs = Costs.read();
  choose(Number(document.querySelector("input[name=scorer]:checked")?.value ?? 0));
})();
