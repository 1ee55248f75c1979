"use strict";
const $ = (id) => document.getElementById(id);
const VERDICTS = ["normal", "review", "anomalous", "invalid"];
function number(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  const figures = Number(value).toPrecision(digits);
  return figures.includes("e+") && Math.abs(value) < 1e6 ? String(Number(figures)) : figures;
}
const percent = (value) => `${(100 * value).toFixed(value > 0 && value < 0.1 ? 1 : 0)} %`;
const clock = (seconds) => new Date(1000 * seconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

// Text only ever becomes text: names of files and parts come from outside.
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function drawn(tag, properties = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(properties)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

let token = sessionStorage.getItem("adfw-token") ?? "";

class Refusal extends Error {
  constructor(status, text, wait) {
    super(text);
    this.status = status;
    this.wait = wait;
  }
}

async function ask(path, options = {}) {
  const headers = { ...(options.headers ?? {}), ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(path, { ...options, headers });
  const text = await response.text();
  if (response.ok) return response.headers.get("Content-Type").includes("json") ? JSON.parse(text) : text;
  let reason = text;
  try {
    const document_ = JSON.parse(text);
    reason = document_.error ?? document_.faults.join("; ");
  } catch { /* not a sentence of ours */ }
  if (response.status === 401) $("access").hidden = false;
  throw new Refusal(response.status, reason, Number(response.headers.get("Retry-After") ?? 0));
}
