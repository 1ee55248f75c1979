/* Counts, rates, recall by defect and thumbnails at the threshold in hand. */
const Explorer = (() => {
  const PAGE = 18;
  const limits = { missed: PAGE, alarms: PAGE };
  const set = (id, text) => { document.getElementById(id).textContent = text; };

  function made(tag, properties = {}, children = []) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  function showCounts(c, t, price) {
    ["tn", "fp", "fn", "tp"].forEach((key) => set(`count-${key}`, c[key]));
    set("total-normal", `${c.normal} images`);
    set("total-anomalous", `${c.anomalous} images`);
    set("live-recall", Words.share(c.tp, c.anomalous));
    set("live-precision", Words.share(c.tp, c.tp + c.fp));
    set("live-alarm", Words.share(c.fp, c.normal));
    set("live-cost", price === null ? "state the costs" : Words.money(price));
    const unscored = `${Words.plural(c.invalid, "image has", "images have")} no score: invalid, neither passed nor rejected.`;
    set("invalid-note", c.invalid ? unscored : "");
    const number = document.getElementById("cut-number");
    if (document.activeElement !== number) number.value = Words.score(t);
  }

  function sentence(c, t, price) {
    const cost = price === null ? "" : `, cost ${Words.money(price)} per 1,000 parts`;
    return `At ${Words.score(t)}: ${c.fn} of ${c.anomalous} defects missed, ${c.fp} of ${c.normal} good parts rejected${cost}.`;
  }

  function showDefects(data, scores, t) {
    const groups = new Map();
    data.labels.forEach((label, i) => {
      if (!label || Number.isNaN(scores[i])) return;
      const name = data.defects[i] || "unnamed";
      const group = groups.get(name) ?? { caught: 0, total: 0 };
      group.total += 1;
      group.caught += scores[i] >= t ? 1 : 0;
      groups.set(name, group);
    });
    const rows = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { caught, total }]) => {
      const bar = made("span", { className: "bar" });
      bar.style.setProperty("--share", caught / total);
      const words = made("span", { textContent: `${caught} of ${total} · ${Words.share(caught, total)}` });
      return made("li", {}, [made("span", { textContent: name }), words, bar]);
    });
    document.getElementById("by-defect").replaceChildren(...rows);
  }

  function tile(data, scores, i) {
    const uri = data.thumbnails[i];
    const picture = uri
      ? made("img", { src: uri, alt: "", width: 96, height: 96 })
      : made("span", { className: "no-picture", textContent: "no picture" });
    const name = made("span", { className: "tile-name", textContent: data.ids[i], title: data.ids[i] });
    const facts = `${data.defects[i] || "good"} · ${Words.score(scores[i])}`;
    const score = made("span", { className: "tile-score", textContent: facts });
    return made("li", {}, [picture, score, name]);
  }

  function showTiles(id, rows, data, scores) {
    set(`${id}-count`, rows.length);
    const shown = rows.slice(0, limits[id]).map((i) => tile(data, scores, i));
    const none = made("li", { className: "none", textContent: "None at this threshold." });
    document.getElementById(id).replaceChildren(...(shown.length ? shown : [none]));
    const more = document.getElementById(`more-${id}`);
    more.hidden = rows.length <= limits[id];
    more.textContent = `Show more (${rows.length - limits[id]} left)`;
  }

  function showWrong(data, scores, t) {
    const all = [...scores.keys()];
    const missed = all.filter((i) => data.labels[i] && scores[i] < t).sort((a, b) => scores[b] - scores[a]);
    const alarms = all.filter((i) => !data.labels[i] && scores[i] >= t).sort((a, b) => scores[a] - scores[b]);
    showTiles("missed", missed, data, scores);
    showTiles("alarms", alarms, data, scores);
  }

  function presets(strategies, chosen) {
    const buttons = strategies.filter((s) => s.cut !== null).map((s) => {
      const mark = made("span", { className: "mark", textContent: s.mark });
      const name = made("span", { className: "preset-name", textContent: s.label });
      const button = made("button", { type: "button", title: s.label }, [mark, name]);
      button.addEventListener("click", () => chosen(s.cut));
      return button;
    });
    document.getElementById("presets").replaceChildren(...buttons);
  }

  function listen(changed) {
    ["missed", "alarms"].forEach((id) => document.getElementById(`more-${id}`).addEventListener("click", () => {
      limits[id] += PAGE * 2;
      changed();
    }));
  }

  return { showCounts, sentence, showDefects, showWrong, presets, listen };
})();
