// 深色 and 关怀 modes: kept in cookies, so the server paints the right one at once.
const root = document.documentElement;
const keep = (name, value) => { document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`; };

/** [data-theme-choice] radios or select (auto|light|dark) and [data-care-switch] checkbox. */
export function mount(node) {
  if (node.hasAttribute("data-care-switch")) {
    node.checked = root.dataset.care === "1";
    node.addEventListener("change", () => { root.dataset.care = node.checked ? "1" : "0"; keep("care", root.dataset.care); });
    return;
  }
  if (node.type === "radio") node.checked = node.value === root.dataset.theme;
  else node.value = root.dataset.theme;
  node.addEventListener("change", () => { root.dataset.theme = node.value; keep("theme", node.value); });
}
