import { t } from "./i18n.js";

const region = document.querySelector("[data-toasts]");
const SHOWN_MS = 2500;

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** Keep the region visible and audible: everything outside an open modal dialog is inert. */
export function hostToasts() {
  const host = [...document.querySelectorAll("dialog[open]")].pop() ?? document.body;
  if (region && region.parentElement !== host) host.append(region);
}

/**
 * Show a message. level: "info" | "success" | "error"; errors stay until closed.
 * action: optional {label, run} button (undo, retry).
 */
export function toast(message, { level = "info", action = null, ms = SHOWN_MS } = {}) {
  if (!region || !message) return;
  hostToasts();
  const box = document.createElement("div");
  box.className = `toast toast--${level}`;
  if (level === "error") box.setAttribute("role", "alert");
  if (level !== "info") box.append(icon(level === "error" ? "warn" : "check"));
  box.append(Object.assign(document.createElement("span"), { textContent: message }));
  const addButton = (label, run) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.addEventListener("click", () => { box.remove(); run?.(); });
    box.append(button);
  };
  if (action) addButton(action.label, action.run);
  if (level === "error") addButton(t("close"));
  else setTimeout(() => box.remove(), action ? Math.max(ms, 5000) : ms);
  region.append(box);
  while (region.children.length > 3) region.firstElementChild.remove();
}
