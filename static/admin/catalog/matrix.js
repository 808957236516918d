// The SKU matrix of the product editor. Options are chips; their combinations are the rows of the table. A row is
// recognised by its specs whatever the order of the options, so values typed into it survive every change of the
// options. The hidden field `matrix` always holds what will be saved.
const editor = document.getElementById("matrix-editor");
const field = document.querySelector("input[name='matrix']");

const FIELDS = ["price", "market", "cost", "stock", "safety", "weight", "code"];
const INHERITED = ["price", "market", "cost", "safety", "weight"];
const MAX_OPTIONS = 3;
const MAX_SKUS = 200;

const keyOf = (specs) => JSON.stringify(Object.keys(specs).sort().map((name) => [name, specs[name]]));

const combine = (options) =>
  options.reduce(
    (rows, { name, values }) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );

const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
};

const start = () => {
  const posted = JSON.parse(field.value || "{}");
  const state = { options: posted.options ?? [], known: new Map() };
  const text = editor.dataset;
  const body = editor.querySelector("[data-rows]");
  const head = editor.querySelector("[data-head]");
  const warning = editor.querySelector("[data-warning]");
  const labels = Object.fromEntries([...head.cells].map((cell) => [cell.dataset.field, cell.textContent]));

  for (const row of posted.rows ?? []) {
    // What the page was given counts as untouched stock until somebody types into the cell.
    const untouched = row.saved && row.counted === undefined;
    state.known.set(keyOf(row.specs), { ...row, shown: untouched ? row.stock : (row.shown ?? row.stock) });
  }

  const complete = () => state.options.filter((option) => option.name.trim() && option.values.length);

  const blank = (specs) => {
    const first = state.known.values().next().value ?? {};
    const row = { specs, stock: "", shown: "", code: "", active: true, saved: false };
    for (const name of INHERITED) row[name] = first[name] ?? "";
    return row;
  };

  const rowFor = (specs) => {
    const key = keyOf(specs);
    if (!state.known.has(key)) state.known.set(key, blank(specs));
    return state.known.get(key);
  };

  const current = () => combine(complete());

  const write = () => {
    const rows = current().slice(0, MAX_SKUS + 1).map((specs) => {
      const row = rowFor(specs);
      const touched = !row.saved || String(row.shown) !== String(row.stock);
      return { ...row, specs, stock: touched ? row.shown : "", counted: touched };
    });
    field.value = JSON.stringify({ options: complete(), rows });
    const tooMany = rows.length > MAX_SKUS;
    warning.hidden = !tooMany;
    warning.textContent = tooMany ? text.textMany : "";
  };

  const cell = (row, name, title) => {
    const input = element("input", {
      type: "text",
      value: (name === "stock" ? row.shown : row[name]) ?? "",
      inputMode: name === "code" ? "text" : "decimal",
      "aria-label": `${title} ${labels[name]}`,
    });
    input.addEventListener("input", () => {
      row[name === "stock" ? "shown" : name] = input.value.trim();
      write();
    });
    return element("td", { "data-cell": name }, input);
  };

  const fillRow = (span) => {
    const cells = FIELDS.map((name) => {
      if (name === "code") return element("td");
      const input = element("input", { type: "text", "aria-label": `${text.textFill} ${labels[name]}` });
      input.addEventListener("change", () => {
        if (!input.value.trim()) return;
        for (const specs of current()) rowFor(specs)[name === "stock" ? "shown" : name] = input.value.trim();
        input.value = "";
        drawRows();
      });
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        input.dispatchEvent(new Event("change"));
      });
      return element("td", {}, input);
    });
    const title = element("th", { scope: "row", colSpan: span }, text.textFill);
    return element("tr", { className: "matrix-fill" }, title, ...cells, element("td"));
  };

  const drawRows = () => {
    const options = complete();
    const combinations = current();
    head.querySelectorAll("[data-spec]").forEach((old) => old.remove());
    const names = options.length ? options.map((option) => option.name) : [""];
    head.prepend(...names.map((name) => element("th", { scope: "col", "data-spec": "" }, name)));
    const rows = combinations.slice(0, MAX_SKUS).map((specs) => {
      const row = rowFor(specs);
      const title = Object.values(specs).join(" / ");
      const active = element("input", { type: "checkbox", checked: row.active, "aria-label": `${title} ${labels.active}` });
      active.addEventListener("change", () => {
        row.active = active.checked;
        write();
      });
      const heads = names.map((name, column) => {
        const mark = row.saved || !name || column < names.length - 1 ? "" : ` · ${text.textNew}`;
        return element("th", { scope: "row" }, (specs[name] ?? "") + mark);
      });
      return element("tr", {}, ...heads, ...FIELDS.map((name) => cell(row, name, title)), element("td", {}, active));
    });
    body.replaceChildren(...(rows.length > 1 ? [fillRow(names.length)] : []), ...rows);
    write();
  };

  const rename = (option, name) => {
    // The values of a renamed option keep their rows: their specs are renamed with it.
    const old = option.name;
    option.name = name;
    if (!old || state.options.some((other) => other !== option && other.name === name)) return;
    for (const [key, row] of [...state.known]) {
      if (!(old in row.specs)) continue;
      const { [old]: value, ...rest } = row.specs;
      state.known.delete(key);
      const specs = { ...rest, [name]: value };
      state.known.set(keyOf(specs), { ...row, specs, saved: false, code: "", shown: "" });
    }
  };

  const drawOptions = () => {
    const rows = state.options.map((option) => {
      const name = element("input", { type: "text", value: option.name, maxLength: 20, placeholder: text.textName, "aria-label": text.textName });
      name.addEventListener("change", () => {
        rename(option, name.value.trim());
        drawRows();
      });
      const chips = option.values.map((value) => {
        const remove = element("button", { type: "button", "aria-label": `${text.textRemove} ${value}` }, "×");
        remove.addEventListener("click", () => {
          option.values = option.values.filter((other) => other !== value);
          draw();
        });
        return element("span", { className: "option-chip" }, value, remove);
      });
      const add = element("input", { type: "text", className: "option-value", maxLength: 200, placeholder: text.textValue, "aria-label": `${option.name} ${text.textValue}` });
      const commit = () => {
        // Several values at once, separated the way people paste them.
        const typed = add.value.split(/[,，、\t\n]+/).map((value) => value.trim()).filter(Boolean);
        if (!typed.length) return;
        option.values = [...new Set([...option.values, ...typed])];
        draw();
        editor.querySelectorAll(".option-value")[state.options.indexOf(option)]?.focus();
      };
      add.addEventListener("change", commit);
      add.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        commit();
      });
      const drop = element("button", { type: "button", className: "editor-button" }, text.textRemove);
      drop.addEventListener("click", () => {
        state.options = state.options.filter((other) => other !== option);
        draw();
      });
      return element("div", { className: "option-row" }, name, ...chips, add, drop);
    });
    editor.querySelector("[data-options]").replaceChildren(...rows);
    editor.querySelector("[data-add-option]").hidden = state.options.length >= MAX_OPTIONS;
  };

  const draw = () => {
    drawOptions();
    drawRows();
  };

  editor.querySelector("[data-add-option]").addEventListener("click", () => {
    state.options = [...state.options, { name: "", values: [] }];
    draw();
    editor.querySelector(".option-row:last-child input").focus();
  });

  // Rows and columns copied from a spreadsheet go into the cells from the focused one on.
  body.addEventListener("paste", (event) => {
    const lines = event.clipboardData.getData("text").replace(/\r?\n$/, "").split(/\r?\n/).map((line) => line.split("\t"));
    const from = event.target.closest("td[data-cell]");
    if (!from || (lines.length === 1 && lines[0].length === 1)) return;
    event.preventDefault();
    const rows = [...body.querySelectorAll("tr:not(.matrix-fill)")];
    const top = rows.indexOf(from.parentElement);
    const left = FIELDS.indexOf(from.dataset.cell);
    lines.forEach((values, down) =>
      values.forEach((value, right) => {
        const input = rows[top + down]?.querySelector(`td[data-cell="${FIELDS[left + right]}"] input`);
        if (!input) return;
        input.value = value.trim();
        input.dispatchEvent(new Event("input"));
      }),
    );
  });

  draw();
};

if (editor && field) start();
