// Texts come from the server (`{% js_strings %}`), so gettext stays the only catalogue.
const strings = JSON.parse(document.getElementById("js-strings")?.textContent ?? "{}");

/** The text of `key` with `{name}` placeholders filled from `values`. */
export function t(key, values = {}) {
  return (strings[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

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

/** Ask with verb buttons; resolves to true when the person agreed. */
export function ask({ text, ok = t("ok"), cancel = t("cancel"), note = "" }) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.setAttribute("role", "alertdialog");
    dialog.setAttribute("aria-label", text);
    const body = Object.assign(document.createElement("div"), { className: "dialog__body" });
    body.append(Object.assign(document.createElement("h2"), { className: "dialog__title", textContent: text }));
    if (note) body.append(Object.assign(document.createElement("p"), { className: "muted", textContent: note }));
    const foot = Object.assign(document.createElement("form"), { className: "dialog__foot", method: "dialog" });
    const button = (label, value, style) => Object.assign(document.createElement("button"), { className: `btn ${style}`, value, textContent: label });
    foot.append(button(cancel, "", ""), button(ok, "yes", "btn--primary"));
    dialog.append(body, foot);
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
      hostToasts();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

const optionsOf = ({ dataset }) => ({ text: dataset.confirm, note: dataset.confirmNote, ok: dataset.confirmOk, cancel: dataset.confirmCancel });
const agreed = new WeakSet();

document.addEventListener("htmx:confirm", (event) => {
  const { elt } = event.detail;
  const source = event.detail.triggeringEvent?.submitter?.dataset?.confirm ? event.detail.triggeringEvent.submitter : elt;
  if (!source.dataset.confirm) return;
  event.preventDefault();
  ask(optionsOf(source)).then((yes) => yes && event.detail.issueRequest(true));
});

// Capture, so that an unconfirmed plain form never reaches the double-submit guard.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const source = event.submitter?.dataset.confirm ? event.submitter : form;
  if (!source.dataset.confirm || form.closest("[hx-post],[hx-delete],[hx-put],[hx-patch]")) return;
  if (agreed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  ask(optionsOf(source)).then((yes) => {
    if (!yes) return;
    agreed.add(form);
    form.requestSubmit(submitter);
  });
}, true);
