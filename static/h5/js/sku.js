import { t, toast } from "./ui.js";

/** Fen to yuan text without floats: 1230 → "12.30". */
export function yuan(fen) {
  const digits = String(Math.abs(fen)).padStart(3, "0");
  return `${fen < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Fill a `.price` block (price.html) with another amount. */
export function paintPrice(node, fen) {
  const [whole, decimals] = yuan(fen).split(".");
  const set = (selector, text) => { const part = node.querySelector(selector); if (part) part.textContent = text; };
  set(".sr-only", t("yuan", { n: yuan(fen) }));
  set(".price__int", whole);
  set(".price__dec", `.${decimals}`);
  node.querySelector(".price__from")?.remove();
}

/**
 * [data-sku] form. The JSON (id in data-sku) is
 * {names: [规格名], skus: [{id, specs: {规格名: 值}, price_fen, market_fen?, stock, image?, limit?, earn_fen?}]}.
 * Chips are radios named "spec:<规格名>"; the chosen SKU id goes to input[name=sku].
 * Outputs anywhere on the page: data-sku-price|was|earn|stock|label|image; data-sku-submit buttons.
 */
export function mount(form) {
  const { names, skus } = JSON.parse(document.getElementById(form.dataset.sku).textContent);
  const radios = [...form.querySelectorAll('input[type="radio"][name^="spec:"]')];
  const nameOf = (radio) => radio.name.slice(5);
  const chosen = () => Object.fromEntries(radios.filter((r) => r.checked).map((r) => [nameOf(r), r.value]));
  const matches = (sku, picked) => Object.entries(picked).every(([name, value]) => sku.specs[name] === value);
  const each = (hook, paint) => document.querySelectorAll(`[data-sku-${hook}]`).forEach(paint);
  const target = form.querySelector('input[name="sku"]');
  const quantity = form.querySelector("[data-stepper] input");

  const reason = (radio) => {
    const fits = skus.filter((sku) => matches(sku, { ...chosen(), [nameOf(radio)]: radio.value }));
    if (!fits.length) return t("sku_missing", { value: radio.value });
    return fits.some((sku) => sku.stock > 0) ? "" : t("sku_sold_out", { value: radio.value });
  };
  const paint = () => {
    const picked = chosen();
    const left = names.filter((name) => !(name in picked));
    const sku = left.length ? null : skus.find((s) => matches(s, picked));
    const pool = skus.filter((s) => matches(s, picked));
    const cheapest = (pool.length ? pool : skus).reduce((a, b) => (b.price_fen < a.price_fen ? b : a));
    for (const radio of radios) {
      const why = radio.checked && sku?.stock > 0 ? "" : reason(radio);
      radio.closest(".chip").classList.toggle("is-off", Boolean(why));
      radio.setAttribute("aria-disabled", String(Boolean(why)));
      radio.dataset.why = why;
    }
    target.value = sku ? sku.id : "";
    each("price", (n) => paintPrice(n, (sku ?? cheapest).price_fen));
    each("was", (n) => { const was = (sku ?? cheapest).market_fen; n.hidden = !was; if (was) n.textContent = `¥${yuan(was)}`; });
    each("earn", (n) => { const earn = (sku ?? cheapest).earn_fen; n.hidden = !earn; if (earn) n.textContent = t("earn", { n: yuan(earn) }); });
    each("stock", (n) => { n.textContent = sku ? stockText(sku) : ""; });
    each("label", (n) => { n.textContent = sku ? t("chosen", { what: Object.values(sku.specs).join(" / ") }) : t("choose", { what: left.join(" ") }); });
    const image = (sku ?? pool[0])?.image;
    if (image) each("image", (n) => { n.src = image; n.removeAttribute("srcset"); });
    if (quantity) {
      quantity.max = sku ? Math.max(1, Math.min(sku.stock, sku.limit ?? 999)) : 999;
      quantity.closest("[data-stepper]").dataset.maxText = sku?.limit && sku.limit <= sku.stock ? t("limit", { n: sku.limit }) : "";
      quantity.dispatchEvent(new Event("stepper:refresh"));
    }
    each("submit", (n) => n.setAttribute("aria-disabled", String(!sku || sku.stock < 1)));
    form.dispatchEvent(new CustomEvent("sku:change", { bubbles: true, detail: { sku } }));
  };
  form.addEventListener("click", (event) => {
    const radio = event.target.closest('input[type="radio"]');
    if (radio?.dataset.why) { event.preventDefault(); toast(radio.dataset.why); }
  });
  form.addEventListener("change", (event) => {
    if (event.target.type !== "radio") return;
    // Arrow keys can land on an impossible value: keep it, drop the other choices that contradict it.
    if (!skus.some((sku) => matches(sku, chosen()))) for (const r of radios) if (r.checked && r.name !== event.target.name) r.checked = false;
    paint();
  });
  form.addEventListener("submit", (event) => {
    const sku = skus.find((s) => String(s.id) === target.value);
    if (sku?.stock > 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const left = names.filter((name) => !(name in chosen()));
    toast(left.length ? t("choose", { what: left.join(" ") }) : t("sold_out"));
  }, true);
  // 加入购物车 / 立即购买: the sheet keeps which button opened it.
  document.addEventListener("sheet:open", ({ detail, target: dialog }) => {
    const intent = detail.opener?.dataset.skuIntent;
    if (dialog.contains(form)) for (const b of form.querySelectorAll("[data-sku-submit]")) b.hidden = Boolean(intent) && b.dataset.skuSubmit !== intent;
  });
  for (const name of names) {
    const group = radios.filter((r) => nameOf(r) === name);
    if (group.length === 1) group[0].checked = true;
  }
  paint();
}

function stockText({ stock }) {
  if (stock < 1) return t("sold_out");
  return stock <= 10 ? t("last_n", { n: stock }) : t("in_stock");
}
