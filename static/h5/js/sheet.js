// Bottom sheets: native <dialog class="sheet">, one history entry each, so that system Back closes the sheet only.
import { hostToasts } from "./ui.js";

const openers = new WeakMap();
const sheetOf = (id) => {
  const node = id && document.getElementById(decodeURIComponent(id));
  return node instanceof HTMLDialogElement && node.classList.contains("sheet") ? node : null;
};
const openSheets = () => [...document.querySelectorAll("dialog.sheet[open]")];

function show(dialog, opener) {
  if (dialog.open) return;
  openers.set(dialog, opener ?? document.activeElement);
  dialog.showModal();
  document.documentElement.classList.add("is-locked");
  hostToasts();
  dialog.dispatchEvent(new CustomEvent("sheet:open", { bubbles: true, detail: { opener } }));
}

function hide(dialog) {
  if (!dialog.open) return;
  dialog.close();
  document.documentElement.classList.toggle("is-locked", openSheets().length > 0);
  hostToasts();
  openers.get(dialog)?.focus?.({ preventScroll: true });
  dialog.dispatchEvent(new CustomEvent("sheet:close", { bubbles: true }));
}

/** Open the sheet with this id; `opener` gets the focus back. */
export function openSheet(id, opener) {
  const dialog = sheetOf(id);
  if (!dialog || dialog.open) return;
  history.pushState({ ...history.state, sheet: id }, "", `#${id}`);
  show(dialog, opener);
}

/** Close the topmost sheet, taking its history entry with it. */
export function closeSheet() {
  const dialog = openSheets().pop();
  if (!dialog) return;
  if (history.state?.sheet === dialog.id) {
    history.back();
  } else {
    history.replaceState(history.state, "", location.pathname + location.search);
    hide(dialog);
  }
}

function follow() {
  const wanted = sheetOf(location.hash.slice(1));
  for (const dialog of openSheets().reverse()) {
    if (dialog === wanted) return;
    hide(dialog);
  }
  if (wanted) show(wanted);
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-sheet-open]");
  if (opener) {
    event.preventDefault();
    openSheet(opener.dataset.sheetOpen, opener);
  } else if (event.target.closest("[data-sheet-close]") || event.target.matches?.("dialog.sheet")) {
    event.preventDefault();
    closeSheet();
  }
});
// Esc: take the same way out as the close button. `close` alone would leave the hash behind.
document.addEventListener("cancel", (event) => {
  if (event.target.matches?.("dialog.sheet")) {
    event.preventDefault();
    closeSheet();
  }
}, true);
document.addEventListener("sheet:dismiss", closeSheet);
window.addEventListener("popstate", follow);
follow();
