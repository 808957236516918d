import { t } from "./i18n.js";
import { hostToasts } from "./toast.js";

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
