import { t } from "./ui.js";

const AUTO_PAGES = 5;
const AHEAD = "600px";

/** a[data-infinite] (pagination.html): loads itself when near, five times, then waits for a tap so that the footer stays reachable. */
export function mount(link) {
  const label = link.querySelector("[data-label]");
  const loaded = Number(link.dataset.infinite);
  link.addEventListener("htmx:beforeRequest", () => { label.textContent = t("loading"); });
  for (const type of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) link.addEventListener(type, () => { label.textContent = t("load_failed"); });
  if (loaded > AUTO_PAGES) return;
  const seen = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return;
    seen.disconnect();
    window.htmx.trigger(link, "near");
  }, { rootMargin: AHEAD });
  seen.observe(link);
}
