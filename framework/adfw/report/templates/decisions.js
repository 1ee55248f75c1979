/* Decisions and prices, as the framework takes them: anomalous if and only if score >= threshold, in float64.
   Nothing here touches the page. */
const Decisions = (() => {
  /** Counts of images at threshold t; a score that is no number is invalid, never passed. */
  function counts(labels, scores, t) {
    const c = { tn: 0, fp: 0, fn: 0, tp: 0, invalid: 0 };
    for (let i = 0; i < scores.length; i += 1) {
      if (Number.isNaN(scores[i])) c.invalid += 1;
      else if (scores[i] >= t) c[labels[i] ? "tp" : "fp"] += 1;
      else c[labels[i] ? "fn" : "tn"] += 1;
    }
    c.normal = c.tn + c.fp;
    c.anomalous = c.fn + c.tp;
    return c;
  }

  /** The distinct scores and +inf, highest first, with the images each would reject as a threshold. */
  function candidates(labels, scores) {
    const rows = [...scores.keys()].filter((i) => !Number.isNaN(scores[i])).sort((a, b) => scores[b] - scores[a] || 0);
    const found = [{ cut: Infinity, tp: 0, fp: 0 }];
    let [tp, fp] = [0, 0];
    rows.forEach((row, place) => {
      if (labels[row]) tp += 1;
      else fp += 1;
      const last = place + 1 === rows.length || scores[rows[place + 1]] !== scores[row];
      if (last && scores[row] === Infinity) found[0] = { cut: Infinity, tp, fp };
      else if (last) found.push({ cut: scores[row], tp, fp });
    });
    return found;
  }

  /** The threshold in the middle of the gap below a candidate: it decides alike, and is far from either neighbour. */
  function placed(points, index) {
    const { cut } = points[index];
    const lower = index + 1 < points.length ? points[index + 1].cut : -Infinity;
    if (!Number.isFinite(cut) || !Number.isFinite(lower)) return cut;
    const middle = lower + (cut - lower) / 2;
    return middle > lower && middle <= cut ? middle : cut;
  }

  /** Expected cost of 1,000 parts in production; null where a class has no test images. */
  function cost(missRate, alarmRate, costs) {
    if (missRate === null || alarmRate === null) return null;
    const { prevalence, miss, alarm } = costs;
    return 1000 * (prevalence * miss * missRate + (1 - prevalence) * alarm * alarmRate);
  }

  /** Miss rate and false-alarm rate of counts; null for a class without images. */
  function rates(c) {
    return { miss: c.anomalous ? c.fn / c.anomalous : null, alarm: c.normal ? c.fp / c.normal : null };
  }

  /** Miss rate and false-alarm rate of a candidate. */
  function ratesOf(points, index) {
    const total = points[points.length - 1];
    const { tp, fp } = points[index];
    return { miss: total.tp ? 1 - tp / total.tp : null, alarm: total.fp ? fp / total.fp : null };
  }

  /** The cheapest threshold; of equal ones the highest, which rejects fewest. Null where cost is undefined. */
  function cheapest(points, costs) {
    let best = null;
    points.forEach((_, index) => {
      const { miss, alarm } = ratesOf(points, index);
      const price = cost(miss, alarm, costs);
      // Sums that differ by rounding alone are equal prices.
      if (price !== null && (best === null || price < best.cost - 1e-12 * Math.abs(best.cost))) {
        best = { cut: placed(points, index), cost: price, miss, alarm };
      }
    });
    return best;
  }

  /** Where costs and prevalence lie on the axis of the cost curve. */
  function probabilityCost({ prevalence, miss, alarm }) {
    const weight = prevalence * miss + (1 - prevalence) * alarm;
    return weight > 0 ? (prevalence * miss) / weight : null;
  }

  /** The lower envelope of all candidates' lines over the cost curve's axis. */
  function envelope(points, steps = 200) {
    const lines = points.map((_, index) => ratesOf(points, index));
    if (lines.some(({ miss, alarm }) => miss === null || alarm === null)) return { x: [], y: [] };
    const x = Array.from({ length: steps + 1 }, (_, i) => i / steps);
    const y = x.map((p) => lines.reduce((low, { miss, alarm }) => Math.min(low, miss * p + alarm * (1 - p)), Infinity));
    return { x, y };
  }

  /** The thresholds, ascending, between which decisions change: one step of the keyboard each. */
  function stops(points) {
    return points.map((_, index) => placed(points, index)).reverse();
  }

  return { counts, candidates, placed, cost, rates, ratesOf, cheapest, probabilityCost, envelope, stops };
})();
