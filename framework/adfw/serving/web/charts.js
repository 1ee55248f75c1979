let WIDE = 720; // units are the pixels of the place, so that letters have one size everywhere
const HIGH = 220, LEFT = 52, BOTTOM = 26, TOP = 10;

function frame(label, top, format) {
  const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label });
  for (const share of [0, 0.5, 1]) {
    const y = height(share * top, top);
    svg.append(drawn("line", { class: "axis", x1: LEFT, x2: WIDE - 6, y1: y, y2: y }));
    svg.append(drawn("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, format(share * top)));
  }
  return svg;
}

const height = (value, top) => HIGH - BOTTOM - (Math.min(value, top) / top) * (HIGH - BOTTOM - TOP);

function say(svg, x, text, anchor = "middle") {
  svg.append(drawn("text", { x, y: HIGH - 6, "text-anchor": anchor }, text));
}

function drawScores(parts) {
  const scored = parts.filter((part) => part.score !== null).slice(-300);
  $("scores").replaceChildren();
  if (!scored.length) {
    $("scores-text").textContent = "No part was scored yet.";
    return;
  }
  WIDE = Math.max(240, $("scores").clientWidth);
  const cuts = scored.map((part) => part.threshold).filter((cut) => cut !== null);
  const top = 1.1 * Math.max(...scored.map((part) => part.score), ...cuts, 1e-9);
  const last = scored[scored.length - 1];
  const above = scored.filter((part) => part.verdict === "anomalous").length;
  const label = `Scores of the last ${scored.length} parts; ${above} of them anomalous; threshold ${number(last.threshold)}`;
  const svg = frame(label, top, (value) => number(value, 2));
  const x = (index) => LEFT + 8 + (index * (WIDE - LEFT - 20)) / Math.max(1, scored.length - 1);
  const line = scored.map((part, index) => (part.threshold === null ? "" : `${index && scored[index - 1].threshold !== null ? "L" : "M"}${x(index)} ${height(part.threshold, top)}`));
  svg.append(drawn("path", { class: "cut", d: line.join("") }));
  scored.forEach((part, index) => {
    const title = drawn("title", {}, `${part.part_id ?? `number ${part.number}`}: ${number(part.score)}, ${part.verdict}`);
    svg.append(drawn("circle", { class: `dot ${part.verdict}`, cx: x(index), cy: height(part.score, top), r: 3.5 }, title));
  });
  say(svg, LEFT, clock(scored[0].seconds), "start");
  say(svg, WIDE - 6, clock(last.seconds), "end");
  $("scores").append(svg);
  $("scores-text").textContent = `${scored.length} parts, ${above} anomalous; the dashed line is the threshold each part was measured against.`;
}

function drawHours(hours) {
  $("hours").replaceChildren();
  const bars = hours.map(({ hour, counts }) => {
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return { hour, total, share: 1 - (counts.normal ?? 0) / total };
  });
  if (!bars.length) {
    $("hours-text").textContent = "No part was inspected yet.";
    return;
  }
  WIDE = Math.max(240, $("hours").clientWidth);
  const first = bars[0].hour, slots = Math.max(12, (bars[bars.length - 1].hour - first) / 3600 + 1);
  const top = Math.max(0.05, ...bars.map((bar) => bar.share));
  const svg = frame("Share of rejected parts by the hour", top, percent);
  const step = (WIDE - LEFT - 12) / slots;
  for (const bar of bars) {
    const x = LEFT + 6 + ((bar.hour - first) / 3600) * step, y = height(bar.share, top);
    const title = drawn("title", {}, `${new Date(1000 * bar.hour).toLocaleString()}: ${percent(bar.share)} of ${bar.total}`);
    svg.append(drawn("rect", { class: "bar anomalous", x: x + 1, y: Math.min(y, HIGH - BOTTOM - 1), width: Math.max(2, step - 2), height: Math.max(1, HIGH - BOTTOM - y) }, title));
  }
  say(svg, LEFT + 6, new Date(1000 * first).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }), "start");
  $("hours").append(svg);
  const now = bars[bars.length - 1];
  $("hours-text").textContent = `In the last hour with parts, ${percent(now.share)} of ${now.total} parts were not normal.`;
}
