import { t } from "./ui.js";
import { closeSheet } from "./sheet.js";

const cache = new Map();
const load = (url) => {
  if (!cache.has(url)) cache.set(url, fetch(url).then((r) => (r.ok ? r.json() : Promise.reject(new Error(r.status)))).catch((e) => { cache.delete(url); throw e; }));
  return cache.get(url);
};

/**
 * [data-region] (region_picker.html): province / city / district tabs with search over a nested list
 * [[code, name, [[code, name, [[code, name]]]]]] from data-region. Without data the plain text fields stay.
 */
export function mount(root) {
  const url = root.dataset.region;
  const sheet = document.getElementById(root.dataset.regionSheet);
  const [list, tabs, search] = ["list", "tabs", "search"].map((hook) => sheet.querySelector(`[data-region-${hook}]`));
  const fields = [...root.querySelectorAll("[data-region-field]")];
  const code = root.querySelector("[data-region-code]");
  const button = root.querySelector("[data-region-button]");
  const plain = root.querySelector("[data-region-plain]");
  let tree = [];
  let path = [];
  let level = 0;

  const label = () => { button.querySelector("[data-region-label]").textContent = fields.map((f) => f.value).filter(Boolean).join(" ") || t("pick_region"); };
  const childrenAt = (depth) => (depth === 0 ? tree : path[depth - 1]?.[2] ?? []);
  const row = (item, text, run) => {
    const option = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(path.includes(item)));
    option.addEventListener("click", run);
    return option;
  };
  const pick = (chain) => {
    path = chain;
    if (chain.at(-1)[2]?.length) { level = chain.length; search.value = ""; paint(); return; }
    fields.forEach((field, i) => { field.value = chain[i]?.[1] ?? ""; });
    code.value = chain.at(-1)[0];
    label();
    code.dispatchEvent(new Event("change", { bubbles: true }));
    closeSheet();
  };
  const paint = () => {
    tabs.replaceChildren(...path.slice(0, level + 1).map((item, i) => tabFor(item[1], i)), ...(level >= path.length ? [tabFor(t("pick"), level)] : []));
    list.replaceChildren(...childrenAt(level).map((item) => row(item, item[1], () => pick([...path.slice(0, level), item]))));
    (list.querySelector('[aria-selected="true"]') ?? list).scrollIntoView?.({ block: "nearest" });
  };
  const tabFor = (text, depth) => {
    const tab = Object.assign(document.createElement("button"), { type: "button", className: "tab", textContent: text });
    tab.setAttribute("aria-selected", String(depth === level));
    tab.addEventListener("click", () => { level = depth; paint(); });
    return tab;
  };
  const find = (word) => {
    const hits = [];
    const walk = (items, chain) => items.forEach((item) => {
      if (hits.length < 30 && item[1].includes(word)) hits.push([...chain, item]);
      walk(item[2] ?? [], [...chain, item]);
    });
    walk(tree, []);
    list.replaceChildren(...hits.map((chain) => row(chain.at(-1), chain.map((i) => i[1]).join(" "), () => pick(chain))));
    if (!hits.length) list.append(Object.assign(document.createElement("p"), { className: "muted", textContent: t("no_region") }));
  };
  const fallBack = () => { plain.hidden = false; button.hidden = true; closeSheet(); fields[0].focus(); };
  const restore = () => {
    path = [];
    for (const field of fields) {
      const hit = childrenAt(path.length).find((item) => item[1] === field.value);
      if (!hit) break;
      path.push(hit);
    }
    level = Math.max(0, path.length - 1);
  };

  plain.hidden = true;
  button.hidden = false;
  label();
  search.addEventListener("input", () => (search.value.trim() ? find(search.value.trim()) : paint()));
  sheet.addEventListener("sheet:open", () => load(url).then((data) => { tree = data; restore(); paint(); }, fallBack));
  root.addEventListener("region:refresh", label);
}
