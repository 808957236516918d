// What every request needs: one submit at a time, honest errors, toasts and badges from HX-Trigger, the offline banner.
import { t, toast } from "./ui.js";

const busyForms = new Set();

function setBusy(form, busy, submitter) {
  const button = submitter ?? form.querySelector("[type=submit], button:not([type])");
  form.toggleAttribute("data-busy", busy);
  button?.classList.toggle("is-busy", busy);
  if (busy) { button?.setAttribute("aria-disabled", "true"); busyForms.add(form); }
  else { button?.removeAttribute("aria-disabled"); busyForms.delete(form); }
}

const writes = (form) => form.method === "post" || form.matches("[hx-post],[hx-put],[hx-patch],[hx-delete]");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!writes(form) || form.method === "dialog") return;
  if (!navigator.onLine) {
    event.preventDefault();
    event.stopImmediatePropagation();
    toast(t("offline_write"), { level: "error" });
  } else if (form.hasAttribute("data-busy")) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else if (!form.matches("[hx-post],[hx-put],[hx-patch],[hx-delete]")) {
    // After this task, when the browser has collected the submitter's own name and value.
    setTimeout(() => event.defaultPrevented || setBusy(form, true, event.submitter));
  }
}, true);
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt instanceof HTMLFormElement && writes(detail.elt)) setBusy(detail.elt, true, detail.requestConfig.triggeringEvent?.submitter);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt instanceof HTMLFormElement) setBusy(detail.elt, false, detail.requestConfig?.triggeringEvent?.submitter);
});
// A page restored from the back/forward cache must not stay locked.
window.addEventListener("pageshow", () => [...busyForms].forEach((form) => form.querySelectorAll(".is-busy").forEach((b) => setBusy(form, false, b))));

function retry(detail) {
  const { elt, triggeringEvent } = detail.requestConfig;
  return { label: t("retry"), run: () => (elt instanceof HTMLFormElement ? elt.requestSubmit() : window.htmx.trigger(elt, triggeringEvent?.type ?? "click")) };
}
document.addEventListener("htmx:sendError", ({ detail }) => {
  if (!detail.elt.matches("[data-infinite]")) toast(t(navigator.onLine ? "network_error" : "offline_write"), { level: "error", action: retry(detail) });
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  const { xhr, elt } = detail;
  if (elt.matches("[data-infinite]")) return;
  let message = t(xhr.status >= 500 ? "server_error" : "request_error");
  if (xhr.status === 429) message = t("too_many", { n: xhr.getResponseHeader("Retry-After") ?? "60" });
  else if (xhr.getResponseHeader("Content-Type")?.includes("json")) {
    try { message = JSON.parse(xhr.responseText).errors?.[0]?.detail ?? message; } catch { /* keep the general message */ }
  }
  toast(message, { level: "error", action: xhr.status >= 500 ? retry(detail) : null });
});

// HX-Trigger: {"toast": {"message": "已加入购物车", "level": "success", "undo": "/cart/undo/…/"}}, {"cart": {"count": 3, "sum": "¥128.00"}}, {"sheet:dismiss": true}
document.addEventListener("toast", ({ detail }) => {
  const { message = detail.value, level, undo } = detail;
  toast(message, { level, action: undo ? { label: t("undo"), run: () => window.htmx.ajax("POST", undo, { target: detail.target ?? "body", swap: detail.target ? "outerHTML" : "none" }) } : null });
});
document.addEventListener("cart", ({ detail }) => {
  for (const badge of document.querySelectorAll("[data-cart-count]")) {
    badge.textContent = detail.count > 99 ? "99+" : detail.count;
    badge.hidden = !detail.count;
  }
  for (const sum of document.querySelectorAll("[data-cart-sum]")) if (detail.sum) sum.textContent = detail.sum;
});

// Django messages: readable in the page without scripts, toasts with them.
for (const box of document.querySelectorAll("[data-messages]")) {
  box.remove();
  for (const note of box.children) toast(note.textContent, { level: note.dataset.level });
}

const banner = document.querySelector("[data-offline]");
const syncOnline = () => {
  if (banner) banner.hidden = navigator.onLine;
  for (const button of document.querySelectorAll("[data-writes]")) {
    button.toggleAttribute("disabled", !navigator.onLine);
    button.title = navigator.onLine ? "" : t("offline_write");
  }
};
window.addEventListener("online", syncOnline);
window.addEventListener("offline", syncOnline);
document.addEventListener("htmx:load", syncOnline);
syncOnline();
