/* Quality against latency: a point for each recipe and category, with its interval over seeds. */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const place = document.getElementById("plot");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "cross", "x", "star"];
  let quality = data.qualities.length ? data.qualities[0][0] : null;

  function axis(title, more) {
    const grid = { gridcolor: colour("grid"), linecolor: colour("grid"), tickcolor: colour("grid"), zeroline: false };
    return { title: { text: title, standoff: 10 }, fixedrange: true, automargin: true, ...grid, ...more };
  }

  function trace(recipe, index) {
    const points = data.points.filter((p) => p.recipe === recipe && p.x !== null && p.y[quality][0] !== null);
    const values = points.map((p) => p.y[quality]);
    const reach = (end) => values.map((y) => (y[end] === null ? 0 : Math.abs(y[end] - y[0])));
    const look = { color: colour(`series-${(index % 6) + 1}`), symbol: SYMBOLS[index % SYMBOLS.length], size: 11 };
    return {
      x: points.map((p) => p.x), y: values.map((y) => y[0]), name: escaped(recipe), mode: "markers", marker: look,
      error_y: { type: "data", symmetric: false, array: reach(2), arrayminus: reach(1), color: look.color, thickness: 1.5 },
      text: points.map((p) => escaped(p.category ? `${recipe}, ${p.category}` : recipe)),
      hovertemplate: "%{text}<br>%{y:.3f} at %{x:.1f}<extra></extra>",
    };
  }

  function draw() {
    if (quality === null) { place.textContent = "No run has finished."; return; }
    const heading = data.qualities.find(([name]) => name === quality)[1];
    const recipes = [...new Set(data.points.map((p) => p.recipe))];
    Plotly.react(place, recipes.map(trace), {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: false, hovermode: "closest",
      font: { family: "system-ui, sans-serif", size: 13, color: colour("text") }, height: 420, width: place.clientWidth,
      hoverlabel: { bgcolor: colour("card"), bordercolor: colour("grid"), font: { color: colour("text") } },
      margin: { l: 64, r: 16, t: 12, b: 52 }, showlegend: true, legend: { orientation: "h", y: -0.25 },
      xaxis: axis(data.cost, { rangemode: "tozero" }), yaxis: axis(heading, {}),
    }, { displayModeBar: false });
  }

  const choose = document.querySelector(".choose");
  data.qualities.forEach(([name, heading], index) => {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "quality", checked: index === 0 });
    input.addEventListener("change", () => { quality = name; draw(); });
    label.append(input, ` ${heading}`);
    choose.append(label);
  });
  window.addEventListener("resize", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
})();
