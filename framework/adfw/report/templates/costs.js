/* What a mistake costs and how many parts are defective: the user's numbers, and the threshold they make cheapest. */
const Costs = (() => {
  const field = (id) => document.getElementById(id);
  const UNPRICED = "State what a missed defect and a false alarm cost, and how many parts in production are defective: "
    + "then every threshold has a price.";
  const EXAMPLE = { false_negative: 100, false_positive: 1, prevalence: 0.01 };

  function fill(costs) {
    field("cost-fn").value = costs.false_negative;
    field("cost-fp").value = costs.false_positive;
    field("prevalence").value = Number((100 * costs.prevalence).toPrecision(12));
  }

  /** The costs as they stand in the form, or null, with the reason shown, where they are no costs. */
  function read() {
    const texts = ["cost-fn", "cost-fp", "prevalence"].map((id) => field(id).value.trim());
    const [miss, alarm, percent] = texts.map(Number);
    const missing = texts.some((text) => text === "");
    let problem = "";
    if (missing && texts.some((text) => text !== "")) problem = "State all three to price the thresholds.";
    else if (!missing && !(miss >= 0 && alarm >= 0 && miss + alarm > 0)) problem = "Costs are zero or more, and not both zero.";
    else if (!missing && !(percent >= 0 && percent <= 100)) problem = "The share of defective parts lies between 0 and 100 %.";
    field("cost-problem").textContent = problem;
    return missing || problem ? null : { miss, alarm, prevalence: percent / 100 };
  }

  /** Says which threshold is cheapest on these images, and whether it beats doing nothing clever. */
  function tell(best, costs) {
    const line = field("best");
    field("go-best").disabled = best === null;
    field("go-best").hidden = costs === null;
    if (costs === null) {
      line.textContent = UNPRICED;
      return;
    }
    if (best === null) {
      line.textContent = "Without both good and defective test images no threshold has a price.";
      return;
    }
    const nothing = Decisions.cost(1, 0, costs);
    const all = Decisions.cost(0, 1, costs);
    const price = `Cheapest on these images: ${Words.score(best.cut)}, at ${Words.money(best.cost)} per 1,000 parts`;
    const others = `rejecting nothing costs ${Words.money(nothing)}, rejecting all ${Words.money(all)}`;
    const idle = best.cost >= Math.min(nothing, all) * (1 - 1e-12);
    line.textContent = idle ? `${price}: no better than no inspection at all (${others}).` : `${price} (${others}).`;
  }

  function listen(changed) {
    ["cost-fn", "cost-fp", "prevalence"].forEach((id) => field(id).addEventListener("input", changed));
    field("costs").addEventListener("submit", (event) => event.preventDefault());
    const stated = field("costs").dataset.stated;
    field("cost-reset").textContent = stated ? "Back to the recipe’s costs" : "Try an example";
    field("cost-reset").addEventListener("click", () => {
      fill(stated ? JSON.parse(stated) : EXAMPLE);
      changed();
    });
  }

  return { fill, read, tell, listen };
})();
