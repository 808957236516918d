import { t, toast } from "./ui.js";
import { closeSheet } from "./sheet.js";

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No clipboard API on plain http and in old WebViews; a textarea must live inside the open dialog to take focus.
    const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "sr-only" });
    ([...document.querySelectorAll("dialog[open]")].pop() ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) { toast(t("copy_failed", { text }), { level: "error" }); return; }
  }
  toast(t("copied"), { level: "success" });
}

document.addEventListener("click", (event) => {
  const source = event.target.closest("[data-copy], [data-copy-from]");
  if (source) {
    event.preventDefault();
    const from = source.dataset.copyFrom && document.querySelector(source.dataset.copyFrom);
    copy(source.dataset.copy || from?.value || from?.textContent.trim() || "");
  }
  const native = event.target.closest("[data-share-native]");
  if (native) {
    const { shareTitle: title, shareText: text, shareUrl: url } = native.dataset;
    navigator.share({ title, text, url }).catch((error) => error.name === "AbortError" || copy(url));
  }
  if (event.target.closest("[data-wx-guide]")) {
    closeSheet();
    const guide = document.getElementById("wx-guide");
    if (guide) { guide.hidden = false; guide.querySelector("button")?.focus(); }
  }
  if (event.target.closest("#wx-guide")) document.getElementById("wx-guide").hidden = true;
});

/** Buttons that only some browsers can serve. */
export function mount(button) {
  button.hidden = !navigator.share;
}
