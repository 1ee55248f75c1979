const SHOWN = 60, KEPT = 1000, ALL_RESULTS = 200, RETRIES = 8;
let parts = [], newest = 0, asking = false;

// --- inspecting ---
const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

async function inspect(file) {
  const query = new URLSearchParams([["include", "overlay"], ["include", "regions"]]);
  if ($("which").value) query.set("detector", $("which").value);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask(`/v1/inspect?${query}`, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
    } catch (error) {
      if (error.status !== 503 || attempt === RETRIES) throw error;
      await pause(Math.max(1, error.wait));
    }
  }
}

async function inspectAll(files) {
  let done = 0;
  for (const file of files) {
    $("progress").textContent = `Inspecting ${done + 1} of ${files.length}: ${file.name}`;
    try {
      show(file, await inspect(file));
    } catch (error) {
      show(file, { verdict: "refused", fault: error.message, score: null, threshold: null });
    }
    done += 1;
  }
  $("progress").textContent = `${done} ${done === 1 ? "image" : "images"} inspected.`;
  refresh();
}

function show(file, answer) {
  const overlay = answer.overlay ? `data:image/jpeg;base64,${answer.overlay}` : null;
  const words = answer.verdict === "refused" ? "no verdict" : answer.verdict;
  const picture = overlay
    ? make("button", { type: "button", "aria-label": `Look closer at ${file.name}`, onclick: () => view(file, answer, overlay) }, make("img", { src: overlay, alt: `${file.name} under its anomaly map` }))
    : null;
  const figures = answer.score === null ? answer.fault : `score ${number(answer.score)}, threshold ${number(answer.threshold)}`;
  const item = make("li", { class: `result ${answer.verdict}` }, picture, make("span", { class: "verdict" }, words), make("span", { class: "name" }, file.webkitRelativePath || file.name), make("span", { class: "small" }, figures));
  $("results").prepend(item);
  while ($("results").children.length > ALL_RESULTS) $("results").lastChild.remove();
}

function view(file, answer, overlay) {
  const plain = URL.createObjectURL(file), regions = answer.regions ?? [];
  const original = make("img", { src: plain, alt: "the image" });
  const boxes = drawn("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
  const caption = make("figcaption", {}, regions.length ? `The image; ${regions.length} ${regions.length === 1 ? "region stands" : "regions stand"} out, the highest at column ${regions[0].peak_x}, row ${regions[0].peak_y}` : "The image");
  original.addEventListener("load", () => boxes.setAttribute("viewBox", `0 0 ${original.naturalWidth} ${original.naturalHeight}`));
  for (const region of regions) boxes.append(drawn("rect", { x: region.left, y: region.top, width: region.right - region.left, height: region.bottom - region.top }));
  $("viewer-title").textContent = `${file.name}: ${answer.verdict}`;
  const left = make("figure", {}, make("div", { class: "frame" }, original, boxes), caption);
  const right = make("figure", {}, make("img", { src: overlay, alt: "the anomaly map over the image" }), make("figcaption", {}, `The map over the image; score ${number(answer.score)}, threshold ${number(answer.threshold)}`));
  $("viewer-body").replaceChildren(make("div", { class: "views" }, left, right));
  $("viewer").addEventListener("close", () => URL.revokeObjectURL(plain), { once: true });
  $("viewer").showModal();
}

async function filesOf(items) {
  const found = [];
  async function walk(entry) {
    if (entry.isFile) found.push(await new Promise((done, failed) => entry.file(done, failed)));
    else if (entry.isDirectory) {
      const reader = entry.createReader();
      for (let more = [null]; more.length; ) {
        more = await new Promise((done, failed) => reader.readEntries(done, failed));
        for (const inner of more) await walk(inner);
      }
    }
  }
  for (const entry of [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean)) await walk(entry);
  return found.filter((file) => !file.name.startsWith("."));
}

for (const [button, input] of [["choose-files", "files"], ["choose-folder", "folder"]]) {
  $(button).addEventListener("click", () => $(input).click());
  $(input).addEventListener("change", () => {
    const chosen = [...$(input).files].filter((file) => !file.name.startsWith("."));
    $(input).value = "";
    inspectAll(chosen);
  });
}
for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, (event) => { event.preventDefault(); $("drop").classList.add("over"); });
for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, (event) => { event.preventDefault(); $("drop").classList.remove("over"); });
document.addEventListener("drop", async (event) => inspectAll(await filesOf(event.dataTransfer.items)));

// --- what the service says ---
function row(name, value) { return value === null || value === "" ? [] : [make("dt", {}, name), make("dd", {}, String(value))]; }

function drawModels({ models, shadow }) {
  const focused = document.activeElement?.id;
  $("models").replaceChildren(...models.map((model) => drawModel(model, true)), ...(shadow ? [drawModel(shadow, false)] : []));
  if (focused) document.getElementById(focused)?.focus();
  const names = models.map((model) => model.name);
  if ([...$("which").options].map((option) => option.value).join() !== names.join()) {
    $("which").replaceChildren(...names.map((name) => make("option", { value: name }, name)));
  }
  $("which-label").hidden = models.length < 2;
}

function drawModel(model, answers) {
  const title = model.version === null ? model.name : `${model.name}:${model.version}`;
  const facts = make("dl", {}, ...row("served as", model.reference), ...row("model", model.model), ...row("scorer", model.scorer),
    ...row("threshold", number(model.threshold)), ...row("review from", model.review_from === null ? null : number(model.review_from)),
    ...row("promise", model.promise), ...row("golden images", model.golden), ...row("published", model.created), ...row("digest", model.digest));
  const card = make("button", { type: "button", id: `card-${model.name}`, onclick: () => openCard(model) }, "Model card");
  const back = make("button", { type: "button", id: `back-${model.name}`, onclick: () => rollBack(model) }, "Roll back to the version before");
  const buttons = make("p", { class: "buttons", style: "justify-content: flex-start" }, card, answers && model.alias ? back : null);
  const note = answers ? null : make("p", { class: "hint" }, "A shadow: its scores are only logged.");
  return make("article", { class: "model" }, make("h3", {}, title), note, make("p", { class: "problem" }, [model.fault, model.refused].filter(Boolean).join("; ")), facts, answers ? buttons : "");
}

async function openCard(model) {
  try {
    const text = await ask(`/v1/models/${encodeURIComponent(model.name)}/card`);
    $("viewer-title").textContent = `${model.name}: model card`;
    $("viewer-body").replaceChildren(make("iframe", { sandbox: "", srcdoc: text, title: "model card" }));
    $("viewer").showModal();
  } catch (error) { $("problem").textContent = error.message; }
}

async function rollBack(model) {
  const button = $(`back-${model.name}`);
  button.disabled = true;
  button.textContent = "Loading the version before…";
  $("problem").textContent = "";
  try {
    const now = await ask(`/v1/models/${encodeURIComponent(model.name)}:rollback`, { method: "POST" });
    $("progress").textContent = `${now.name}:${now.version} answers now.`;
  } catch (error) { $("problem").textContent = error.message; }
  refresh();
}

function drawParts() {
  const rows = parts.slice(-SHOWN).reverse().map((part) => make("tr", {}, make("td", {}, String(part.number)), make("td", {}, make("span", { class: `verdict ${part.verdict}` }, part.verdict)),
    make("td", { class: "right" }, number(part.score)), make("td", { class: "right" }, number(part.margin)), make("td", {}, part.part_id ?? "–"), make("td", {}, clock(part.seconds)),
    make("td", {}, part.version === null ? part.detector : `${part.detector}:${part.version}`)));
  $("parts").replaceChildren(...(rows.length ? rows : [make("tr", {}, make("td", { colspan: 7 }, "No part was inspected yet."))]));
}

function drawDrift({ monitors }) {
  $("drift").replaceChildren(...monitors.map((monitor) => make("article", { class: "model" }, make("h3", {}, monitor.detector),
    make("p", { class: monitor.alarm ? "problem" : "" }, monitor.sentence),
    make("dl", {}, ...row("parts since the start", monitor.parts), ...row("evidence against “no change”", monitor.evidence >= 1000 ? "more than 1000 times what an alarm takes" : `${number(monitor.evidence, 2)} of the ${monitor.alarm_at} that an alarm takes`),
      ...row("largest gap of the distributions (KS)", monitor.ks === null ? null : number(monitor.ks, 2)), ...row("stability index (PSI)", monitor.psi === null ? null : number(monitor.psi, 2))))));
}

async function refresh() {
  if (asking) return;
  asking = true;
  try {
    const ready = await ask("/readyz").catch((error) => (error instanceof Refusal ? { ready: false, faults: [error.message] } : Promise.reject(error)));
    $("state").className = ready.ready ? "ready" : "away";
    $("state").textContent = ready.ready ? "Ready" : `Not ready: ${ready.faults.join("; ")}`;
    const [fresh, models, hours, drift] = await Promise.all([ask(`/v1/parts?after=${newest}&limit=${KEPT}`), ask("/v1/models"), ask("/v1/hours"), ask("/v1/drift")]);
    $("access").hidden = true;
    drawModels(models);
    drawHours(hours.hours);
    drawDrift(drift);
    if (fresh.parts.length || !newest) {
      parts = [...parts, ...fresh.parts].slice(-KEPT);
      newest = parts.length ? parts[parts.length - 1].number : 0;
      drawScores(parts);
      drawParts();
    }
  } catch (error) {
    if (error.status !== 401) {
      $("state").className = "away";
      $("state").textContent = "The service does not answer.";
    } else $("state").textContent = "A token is needed.";
  } finally { asking = false; }
}

$("access").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value;
  sessionStorage.setItem("adfw-token", token);
  refresh();
});
refresh();
setInterval(refresh, 1500);
