import { t } from "./ui.js";

// The phone's clock may be minutes off: count against the server's.
let offset = Number(document.documentElement.dataset.now) - performance.timeOrigin - performance.now() || 0;
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const date = Date.parse(detail.xhr?.getResponseHeader("Date") ?? "");
  // The header has whole seconds: correct only when we drifted further than that.
  if (date && Math.abs(date - serverNow()) > 1500) offset += date - serverNow();
});
export const serverNow = () => performance.timeOrigin + performance.now() + offset;

/** time[data-countdown="ISO time"]: ticks to zero, then fires `countdown:end` (hx-trigger) or reloads when data-countdown-reload is set. */
export function mount(node) {
  const end = Date.parse(node.dataset.countdown);
  node.setAttribute("aria-live", "off");
  const two = (n) => String(n).padStart(2, "0");
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - serverNow()) / 1000));
    const days = Math.floor(left / 86400);
    const parts = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map(two);
    const boxes = parts.flatMap((part, i) => [i ? ":" : "", Object.assign(document.createElement("b"), { textContent: part })]);
    node.replaceChildren(...(days ? [t("days", { n: days })] : []), ...boxes);
    return left;
  };
  if (!tick()) return;
  const timer = setInterval(() => {
    if (!node.isConnected) { clearInterval(timer); return; }
    if (tick()) return;
    clearInterval(timer);
    node.dispatchEvent(new CustomEvent("countdown:end", { bubbles: true }));
    if (node.hasAttribute("data-countdown-reload")) location.reload();
  }, 1000);
}
