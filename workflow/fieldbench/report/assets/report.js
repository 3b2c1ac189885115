// The report's own program: it unpacks the libraries and the data in the page, and fills pictures, plots and tables.
"use strict";

const ABSENT = "–";
const element = (id) => document.getElementById(id);

/** The text of a script element that holds gzip in base64. */
async function unpacked(id) {
  const bytes = Uint8Array.from(atob(element(id).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function run(program) {
  const script = document.createElement("script");
  script.textContent = program;
  document.head.append(script);
}

/** An element with attributes and content; strings become text, never markup. */
function made(name, attributes = {}, ...content) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...content);
  return node;
}

function option(value, text = value) {
  return made("option", { value }, text);
}

/** A number to four digits. */
function short(value) {
  if (value === null || value === undefined) return ABSENT;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(3);
  return value.toLocaleString("en", { maximumSignificantDigits: 4 });
}

// Dark and light

const dark = matchMedia("(prefers-color-scheme: dark)");

function markTheme() {
  document.documentElement.classList.toggle("dark", dark.matches);
}

// Pictures

function fillGalleries(galleries) {
  for (const [name, gallery] of Object.entries(galleries)) element("gallery").append(option(name, gallery.title));
  element("gallery").addEventListener("change", () => chooseGallery(galleries, element("gallery").value));
  for (const side of ["left", "right"]) {
    element(side).addEventListener("change", () => showPair(galleries[element("gallery").value]));
  }
  const first = Object.keys(galleries)[0];
  if (first) chooseGallery(galleries, first);
  else element("picking").replaceWith(made("p", {}, "No picture was made."));
}

function chooseGallery(galleries, name, right) {
  const gallery = galleries[name];
  if (!gallery) return;
  element("gallery").value = name;
  const labels = Object.keys(gallery.pictures);
  for (const side of ["left", "right"]) element(side).replaceChildren(...labels.map((label) => option(label)));
  element("left").value = gallery.shown[0];
  element("right").value = right in gallery.pictures ? right : gallery.shown[1];
  showPair(gallery);
}

function showPair(gallery) {
  const labels = [element("left").value, element("right").value];
  const slots = ["first", "second"];
  const shots = labels.map((label, side) =>
    made("figure", { slot: slots[side] }, made("img", { src: gallery.pictures[label], alt: label }), made("figcaption", {}, label))
  );
  const slider = made("img-comparison-slider", { value: 50, "aria-label": labels.join(" against ") }, ...shots);
  element("slider").replaceChildren(slider);
  showStrip(gallery);
  const scale = gallery.scale;
  element("scale").replaceChildren();
  if (scale) {
    const bar = made("span", { class: "bar", role: "presentation" });
    bar.style.background = `linear-gradient(to right, ${scale.colours.join(", ")})`;
    element("scale").append(scale.low, bar, scale.high, " ", made("span", { class: "grey" }), " unknown");
  }
}

/** All pictures, small; each puts itself on the right. */
function showStrip(gallery) {
  const buttons = Object.entries(gallery.pictures).map(([label, source]) => {
    const pressed = String(label === element("right").value);
    const button = made("button", { type: "button", "aria-pressed": pressed }, made("img", { src: source, alt: "" }), label);
    button.addEventListener("click", () => {
      element("right").value = label;
      showPair(gallery);
    });
    return button;
  });
  element("strip").replaceChildren(...buttons);
}

// Plots

function plotLook(width) {
  const ink = getComputedStyle(document.body).getPropertyValue("--ink").trim();
  const line = getComputedStyle(document.body).getPropertyValue("--line").trim();
  return {
    background: "transparent",
    view: { stroke: line },
    axis: { labelColor: ink, titleColor: ink, gridColor: line, gridOpacity: 0.5, domainColor: ink, tickColor: ink, labelOverlap: true },
    axisX: { grid: false },
    legend: { labelColor: ink, titleColor: ink, orient: "bottom", columns: Math.max(2, Math.floor(width / 150)), symbolLimit: 60 },
  };
}

function drawPlot(place, specs) {
  const config = plotLook(place.clientWidth);
  const actions = { export: true, source: false, compiled: false, editor: false };
  vegaEmbed(place, specs[place.dataset.plot], { config, actions, renderer: "svg", tooltip: { theme: dark.matches ? "dark" : "light" } })
    .then(() => place.classList.add("drawn"))
    .catch(report);
}

/** Draws each plot when it comes into view, and again when the theme changes. */
function watchPlots(specs) {
  const places = [...document.querySelectorAll(".plot")];
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      drawPlot(entry.target, specs);
    }
  }, { rootMargin: "300px" });
  places.forEach((place) => watcher.observe(place));
  dark.addEventListener("change", () => places.filter((place) => place.classList.contains("drawn")).forEach((place) => drawPlot(place, specs)));
}

// Tables

/** A table of rows, above it a select for each column whose title is among the filters. */
function filtered(table, form, columns, filters, rows, order) {
  const shown = new DataTable(table, {
    data: rows, columns, order, deferRender: true, autoWidth: false, pageLength: 25,
    language: { search: "Search ", zeroRecords: "Nothing matches." },
  });
  for (const title of filters) {
    const column = columns.findIndex((each) => each.title === title);
    const id = `${form.id}-${column}`;
    const values = [...new Set(rows.map((row) => row[columns[column].data]))].filter(Boolean).sort();
    const choice = made("select", { id, "data-title": title }, option("", "all"), ...values.map((value) => option(value)));
    choice.addEventListener("change", () => shown.column(column).search(choice.value, { exact: choice.value !== "" }).draw());
    form.append(made("span", {}, made("label", { for: id }, title), " ", choice));
  }
  return shown;
}

const text = (title, data) => ({ title, data, render: DataTable.render.text() });
const numeric = (title, data) => ({ title, data, className: "number", render: (value, kind) => (kind === "display" ? short(value) : value ?? -Infinity) });
const VERDICTS = ["confirmed", "refuted", "undecided", "not measured"];

function seedLinks(runs, all) {
  return made("span", {}, ...runs.flatMap((place) => [made("a", { href: `#record-${place}` }, String(all[place].seed)), " "]));
}

// The columns that a phone shows without scrolling come first.

function fillNumbers(numbers, runs) {
  const links = { title: "Records, by seed", data: 8, orderable: false, searchable: false, render: (places, kind) => (kind === "display" ? seedLinks(places, runs) : places.length) };
  const columns = [text("Method", 3), text("Metric", 4), numeric("Mean", 5), numeric("95 %, from", 6), numeric("to", 7), links,
    text("Data set", 1), text("Setting", 2), text("Area", 0)];
  const filters = ["Area", "Data set", "Setting", "Method", "Metric"];
  return filtered("#number-table", element("number-filters"), columns, filters, numbers, []);
}

function fillClaims(claims) {
  const shown = { display: (value) => made("span", { class: `badge ${value}` }, value), sort: (value) => VERDICTS.indexOf(value) };
  const verdict = { title: "Verdict", data: 0, render: (value, kind) => (kind in shown ? shown[kind](value) : value) };
  const claim = { title: "Claim", data: null, render: (row, kind) => (kind === "display" ? claimText(row) : [row[4], row[8], row[9]].join(" ")) };
  const columns = [verdict, claim, text("Stated", 5), text("Measured [95 %]", 6), text("Stated size", 1), text("Data set", 7),
    text("Document", 2), text("Area", 3)];
  return filtered("#claim-table", element("claim-filters"), columns, ["Verdict", "Document", "Area"], claims, [[0, "asc"]]);
}

/** A claim with where it stands and what a reader should know of it. */
function claimText([, , , , sentence, , , , section, note]) {
  const small = [section, note].filter(Boolean).map((line) => made("small", {}, line));
  return made("div", { class: "claim" }, sentence, ...small);
}

/** Shows the numbers of an area, of one data set where one is named. */
function filterNumbers(area, dataset) {
  const wanted = { Area: area, "Data set": dataset };
  for (const choice of element("number-filters").querySelectorAll("select")) {
    choice.value = wanted[choice.dataset.title] ?? "";
    choice.dispatchEvent(new Event("change"));
  }
}

// Records

function facts(pairs) {
  const rows = pairs.map(([name, value]) => made("tr", {}, made("th", { scope: "row" }, name), made("td", {}, value)));
  return made("table", { class: "facts-table" }, ...rows);
}

function recordFacts({ file, ...provenance }) {
  const plain = Object.entries(provenance).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  return facts([["file", made("a", { href: file }, file)], ...plain]);
}

function showRecord(runs) {
  const found = location.hash.match(/^#record-(\d+)$/);
  const one = found && runs[Number(found[1])];
  if (!one) return;
  const title = `${one.method} on ${one.dataset}, ${one.regime}, seed ${one.seed}`;
  const state = one.status === "ok" ? [] : [made("p", {}, `${one.status}: ${one.reason}`)];
  element("record-body").replaceChildren(
    made("h2", { id: "record-title" }, title), ...state,
    made("h3", {}, "Made with"), ...one.records.map(recordFacts),
    made("h3", {}, "Measured"), facts(Object.entries(one.metrics).map(([name, value]) => [name, short(value)]))
  );
  if (!element("record").open) element("record").showModal();
}

// All together

function report(error) {
  element("problem").hidden = false;
  element("problem").textContent = `This part of the report could not be shown: ${error.message}`;
  console.error(error);
}

function follow(data) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-gallery], a[data-area]");
    if (!link) return;
    if (link.dataset.gallery) chooseGallery(data.galleries, link.dataset.gallery, link.dataset.right);
    else filterNumbers(link.dataset.area, link.dataset.dataset);
  });
  element("record").addEventListener("close", () => history.replaceState(null, "", "#numbers"));
  addEventListener("hashchange", () => showRecord(data.runs));
  showRecord(data.runs);
}

async function start() {
  markTheme();
  dark.addEventListener("change", markTheme);
  run(await unpacked("libraries"));
  const data = JSON.parse(await unpacked("data"));
  fillGalleries(data.galleries);
  watchPlots(data.plots);
  fillNumbers(data.numbers, data.runs);
  fillClaims(data.claims);
  follow(data);
  document.documentElement.dataset.ready = "yes";
}

start().catch(report);
