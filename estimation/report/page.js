/* Charts that answer to a pointer. Without this script, and on paper, the page shows their static form. */
"use strict";
{
  const held = document.getElementById("chart-data");
  const data = held ? JSON.parse(held.textContent) : null;
  const hosts = [...document.querySelectorAll(".chart[data-measure]")];
  const views = new Map();
  const shown = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
  let chosen = null;

  const label = (u) => (data.units[u][2] ? `${data.units[u][1]} ${data.units[u][2]}` : data.units[u][1]);

  // A period as it is written: a year, or the text of a quarter, a month or a date.
  const period = (year) => (data.periods ? data.periods[year - data.first] : year);

  // Cells are stored as one line of values and one of source letters a unit, a place for each year. A year
  // without a value has its cell too, so that the line has a gap there.
  function rows(measure) {
    const found = [];
    measure.values.forEach((line, u) => line.forEach((value, t) => {
      const letter = measure.from[u][t];
      found.push({ u, year: data.first + t, value, region: data.units[u][3], from: data.sources[data.letters.indexOf(letter)] });
    }));
    return found;
  }

  const known = (cell) => cell.value !== null;

  // Units of each region: a median rests on three quarters of them, or is not drawn.
  const members = {};
  if (data) data.units.forEach((unit) => { members[unit[3]] = (members[unit[3]] || 0) + 1; });

  // Powers of ten, with 2 and 5 where the range has few of them.
  function logTicks(cells) {
    const values = cells.map((c) => c.value);
    const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
    const steps = high - low > 2 ? [1] : [1, 2, 5];
    const found = [];
    for (let power = low; power <= high; power++) steps.forEach((step) => found.push(step * 10 ** power));
    return found;
  }

  function spec(measure, cells, width) {
    const focus = "focus === datum.u";
    const axis = { labelColor: "var(--muted)", domainColor: "var(--muted)", tickColor: "var(--muted)", labelFont: "system-ui, sans-serif", labelFontSize: 11, tickCount: 4, titleColor: "var(--muted)", titleFont: "system-ui, sans-serif", titleFontSize: 11, titleFontWeight: "normal" };
    const line = { x: { scale: "x", field: "year" }, y: { scale: "y", field: "value" }, stroke: { scale: "colour", field: "region" }, defined: { signal: "isValid(datum.value)" } };
    return {
      width, height: width > 600 ? 320 : 180, padding: 4, autosize: { type: "fit", contains: "padding" },
      signals: [{ name: "focus", value: chosen }, { name: "point", value: null }, { name: "periods", value: data.periods || [] }, { name: "members", value: members }],
      data: [
        { name: "cells", values: cells },
        { name: "medians", source: "cells", transform: [{ type: "aggregate", groupby: ["region", "year"], fields: ["value", "value"], ops: ["median", "valid"], as: ["value", "n"] }, { type: "collect", sort: { field: "year" } }] },
        { name: "near", source: "cells", transform: [{ type: "filter", expr: "point && datum.u === point.u && datum.year === point.year" }] },
      ],
      scales: [
        { name: "x", type: "linear", zero: false, domain: [data.first, data.last], range: "width" },
        { name: "y", type: measure.log ? "log" : "linear", nice: !measure.log, zero: false, range: "height", domain: { data: "cells", field: "value" } },
        { name: "colour", type: "ordinal", domain: data.regions.map((r) => r[1]), range: data.regions.map((r) => `var(--${r[0]})`) },
      ],
      axes: [
        {
          ...axis, orient: "bottom", scale: "x", format: "d", title: data.along,
          ...(data.periods ? { encode: { labels: { update: { text: { signal: `periods[floor(datum.value) - ${data.first}]` } } } } } : {}),
        },
        {
          ...axis, orient: "left", scale: "y", title: measure.unit, titleAngle: 0, titleAlign: "left", titleAnchor: "end", titleX: -34, titleY: -6, titleBaseline: "bottom", grid: true, gridColor: "var(--grid)", domain: false, ticks: false, labelOverlap: true,
          ...(measure.log ? { values: logTicks(cells.filter(known)) } : {}),
          encode: { labels: { update: { text: { signal: "abs(datum.value) < 1 ? format(datum.value, '~g') : format(datum.value, '~s')" } } } },
        },
      ],
      marks: [
        {
          type: "group", from: { facet: { name: "line", data: "cells", groupby: "u" } },
          encode: { update: { zindex: { signal: `${focus} ? 1 : 0` } } },
          marks: [{
            type: "line", from: { data: "line" },
            encode: {
              enter: line,
              update: { strokeWidth: { signal: `${focus} ? 2.8 : .9` }, strokeOpacity: { signal: `focus === null ? .45 : ${focus} ? 1 : .15` } },
            },
          }],
        },
        {
          type: "group", from: { facet: { name: "middle", data: "medians", groupby: "region" } },
          marks: [{ type: "line", from: { data: "middle" }, encode: { enter: { ...line, defined: { signal: `datum.n >= ${data.summarised} * members[datum.region]` }, strokeWidth: { value: 2.2 } }, update: { strokeOpacity: { signal: "focus === null ? 1 : .3" } } } }],
        },
        { type: "symbol", from: { data: "near" }, encode: { update: { x: { scale: "x", field: "year" }, y: { scale: "y", field: "value" }, size: { value: 45 }, fill: { scale: "colour", field: "region" }, stroke: { value: "var(--card)" } } } },
      ],
    };
  }

  function showValue(host, cell) {
    const measure = data.measures[host.dataset.measure];
    const read = host.nextElementSibling;
    if (!cell) { read.textContent = "\u00a0"; return; }
    read.textContent = `${label(cell.u)}, ${period(cell.year)}: ${shown.format(cell.value)} (${measure.unit}; ${cell.from})`;
  }

  function last(cells, u) {
    return cells.filter((c) => c.u === u).at(-1);
  }

  function choose(u) {
    chosen = u;
    for (const [host, { view, cells }] of views) {
      const cell = u === null ? null : last(cells, u);
      view.signal("focus", u).signal("point", cell || null).run();
      showValue(host, cell);
    }
  }

  // The cell nearest to the pointer, in pixels.
  function nearest(view, cells, event, host) {
    const box = host.querySelector("svg.marks").getBoundingClientRect();
    const [left, top] = view.origin();
    const [px, py] = [event.clientX - box.left - left, event.clientY - box.top - top];
    const [x, y] = [view.scale("x"), view.scale("y")];
    const far = (c) => Math.hypot(2 * (x(c.year) - px), y(c.value) - py);
    return cells.reduce((best, c) => (far(c) < far(best) ? c : best));
  }

  function draw(host) {
    if (views.has(host)) return;
    const measure = data.measures[host.dataset.measure];
    const drawn = rows(measure);
    const cells = drawn.filter(known);
    const live = document.createElement("div");
    live.className = "live";
    live.setAttribute("aria-hidden", "true");
    host.append(live);
    const view = new vega.View(vega.parse(spec(measure, drawn, live.clientWidth || host.clientWidth)), { renderer: "svg", container: live, hover: false });
    views.set(host, { view, cells });
    view.runAsync().then(() => {
      host.classList.add("drawn");
      if (chosen !== null) choose(chosen);
    });
    live.addEventListener("pointermove", (event) => {
      const cell = nearest(view, cells, event, host);
      view.signal("focus", cell.u).signal("point", cell).run();
      showValue(host, cell);
    });
    live.addEventListener("pointerleave", () => choose(chosen));
    live.addEventListener("click", (event) => {
      const { u } = nearest(view, cells, event, host);
      const field = document.querySelector("#unit");
      if (field) field.value = label(u);
      choose(u);
    });
  }

  let library = null;
  function withVega(then) {
    library = library || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = held.dataset.library;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    library.then(then, () => document.documentElement.classList.add("static"));
  }

  if (data && hosts.length) {
    document.documentElement.classList.add("live-charts");
    const watch = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        withVega(() => draw(target));
      }
    }, { rootMargin: "200px" });
    hosts.forEach((host) => watch.observe(host));
    const field = document.querySelector("#unit");
    if (field) field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      const found = !wanted ? -1 : data.units.findIndex((unit, u) => [unit[0], unit[1], unit[2], label(u)].some((name) => (name || "").toLowerCase() === wanted));
      choose(found < 0 ? null : found);
    });
  }

  // Every chart is a file: the drawing with its colours and title, and the values behind it.
  const LOOKS = ["fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "text-anchor"];
  const HEAD = 16;
  const simulated = Boolean(document.querySelector("header .banner.sim"));

  function drawing(figure) {
    const shown = figure.querySelector("svg.plot") || figure.querySelector(".live svg");
    const copy = shown.cloneNode(true);
    const nodes = [copy, ...copy.querySelectorAll("*")];
    [shown, ...shown.querySelectorAll("*")].forEach((node, n) => {
      const look = getComputedStyle(node);
      nodes[n].setAttribute("style", LOOKS.map((name) => `${name}:${look.getPropertyValue(name).replace(/"/g, "'")}`).join(";"));
      nodes[n].removeAttribute("class");
    });
    const box = (shown.getAttribute("viewBox") || `0 0 ${shown.clientWidth} ${shown.clientHeight}`).split(" ").map(Number);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("viewBox", `0 ${box[1] - HEAD} ${box[2]} ${box[3] + HEAD}`);
    copy.setAttribute("width", box[2]);
    copy.setAttribute("height", box[3] + HEAD);
    const page = getComputedStyle(figure);
    const add = (name, values, text) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", name);
      Object.entries(values).forEach(([key, value]) => node.setAttribute(key, value));
      node.textContent = text;
      copy.prepend(node);
    };
    const title = `${simulated ? "SIMULATED: " : ""}${name(figure)}`;
    add("text", { x: 2, y: box[1] - 5, style: `font:600 9px sans-serif;fill:${page.color}` }, title);
    add("rect", { y: box[1] - HEAD, width: box[2], height: box[3] + HEAD, style: `fill:${page.backgroundColor}` }, "");
    return [new XMLSerializer().serializeToString(copy), box[2], box[3] + HEAD];
  }

  const name = (figure) => (figure.querySelector(":scope > b, figcaption") || document.querySelector("h1")).textContent;

  function values(figure) {
    if (figure.dataset.csv) return figure.dataset.csv;
    const chart = figure.querySelector(".chart[data-measure]");
    const measure = chart && data && data.measures[chart.dataset.measure];
    if (!measure) return "";
    const lines = rows(measure).filter(known).map((cell) => [data.units[cell.u][0], data.units[cell.u][1], period(cell.year), cell.value, cell.from]);
    const quoted = (cell) => (/[",]/.test(cell) ? `"${String(cell).replace(/"/g, '""')}"` : cell);
    return [["code", "unit", "period", "value", "source"], ...lines].map((line) => line.map(quoted).join(",")).join("\n") + "\n";
  }

  const marked = (csv) => (simulated ? csv.trimEnd().split("\n").map((line, n) => `${line},${n ? "simulated" : "figures"}`).join("\n") + "\n" : csv);

  function save(figure, end, content) {
    const link = document.createElement("a");
    link.href = typeof content === "string" ? content : URL.createObjectURL(content);
    link.download = `${simulated ? "SIMULATED_" : ""}${name(figure).toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60)}.${end}`;
    link.click();
  }

  const FORMS = {
    svg: (figure) => save(figure, "svg", new Blob([drawing(figure)[0]], { type: "image/svg+xml" })),
    png: (figure) => {
      const [text, width, height] = drawing(figure);
      const image = new Image();
      image.onload = () => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 4 * width, height: 4 * height });
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        save(figure, "png", canvas.toDataURL("image/png"));
      };
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    },
    csv: (figure) => save(figure, "csv", new Blob([marked(values(figure))], { type: "text/csv" })),
  };

  for (const figure of document.querySelectorAll("figure:has(svg.plot, .chart), figure[data-csv]")) {
    const line = document.createElement("p");
    line.className = "save";
    for (const [end, make] of Object.entries(FORMS)) {
      if (end === "csv" ? !values(figure) : figure.querySelector(":scope > img")) continue; // an image has files
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: end.toUpperCase() });
      button.setAttribute("aria-label", `${name(figure)} as ${end.toUpperCase()}`);
      button.addEventListener("click", () => make(figure));
      line.append(button);
    }
    figure.append(line);
  }

  // Every number of an unfolded table leads to the lineage of its table.
  function lead(article) {
    const href = `#${article.dataset.lineage}`;
    for (const cell of article.querySelectorAll("td")) {
      if (cell.children.length || !/\d/.test(cell.textContent)) continue;
      const link = document.createElement("a");
      link.className = "n";
      link.href = href;
      link.tabIndex = -1;
      link.append(...cell.childNodes);
      cell.append(link);
    }
    delete article.dataset.lineage;
  }
  document.querySelectorAll("[data-lineage]").forEach(lead);

  // The search of the front page: entries with all words; first the ones that begin with them, then papers.
  const seek = document.querySelector(".seek");
  if (seek) {
    const [list, field] = [seek.querySelector("ol"), seek.querySelector("input")];
    const show = () => {
      const asked = field.value.trim().toLowerCase();
      const words = asked.split(/\s+/);
      const found = !asked ? [] : searchIndex.filter(([kind, text, , more = ""]) => words.every((word) => `${kind} ${text} ${more}`.toLowerCase().includes(word)));
      const first = (entry) => (entry[1].toLowerCase().startsWith(asked) ? 0 : entry[0] === "paper" ? 1 : 2);
      found.sort((a, b) => first(a) - first(b));
      list.replaceChildren(...found.slice(0, 20).map(([kind, text, address]) => {
        const [item, link, what] = ["li", "a", "span"].map((name) => document.createElement(name));
        [link.href, link.textContent, what.textContent] = [address, text, ` ${kind}`];
        item.append(link, what);
        return item;
      }));
      if (asked && !found.length) list.append("Nothing found.");
    };
    const index = document.createElement("script");
    index.src = seek.dataset.index;
    index.onload = () => { document.documentElement.classList.add("live"); field.addEventListener("input", show); show(); };
    document.head.append(index);
  }

  // A printed page has every table.
  addEventListener("beforeprint", () => document.querySelectorAll("main details").forEach((part) => { part.open = true; }));

  // The contents are folded where they would push the page's own content down.
  const contents = document.querySelector(".contents > details");
  if (contents && matchMedia("(max-width: 60rem)").matches) contents.open = false;

  // An address inside a folded part unfolds it.
  function unfold() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target && target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    if (target) target.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  unfold();
}
