// Small page manners: go back, resend timers, photo previews, the floating cart bubble.
import { t } from "./ui.js";

document.addEventListener("click", (event) => {
  const back = event.target.closest("[data-back]");
  if (back && document.referrer.startsWith(location.origin) && history.length > 1) {
    event.preventDefault();
    history.back();
  }
  const all = event.target.closest("[data-check-all]");
  if (all) for (const box of document.querySelectorAll(all.dataset.checkAll)) if (!box.disabled && box.checked !== all.checked) box.checked = all.checked;
});

const mounts = {
  /** button[data-resend="60"]: disabled for that many seconds from now, shows what is left. */
  resend(button) {
    let left = Number(button.dataset.resend);
    const label = button.textContent;
    if (!left) return;
    button.disabled = true;
    const tick = () => {
      button.textContent = left ? t("resend_in", { n: left }) : label;
      button.disabled = left > 0;
      if (left && button.isConnected) setTimeout(tick, 1000);
      left -= 1;
    };
    tick();
  },
  /** input[type=file][data-preview="#target"]: thumbnails of the chosen photos. */
  preview(input) {
    const target = document.querySelector(input.dataset.preview);
    input.addEventListener("change", () => target?.replaceChildren(...[...input.files].map((file) => {
      const item = Object.assign(document.createElement("li"), { className: "upload__item" });
      const image = Object.assign(new Image(), { alt: file.name, src: URL.createObjectURL(file) });
      image.onload = () => URL.revokeObjectURL(image.src);
      item.append(image);
      return item;
    })));
  },
  /** .bubble[data-bubble]: out of the way while scrolling down. */
  bubble(node) {
    let last = scrollY;
    addEventListener("scroll", () => {
      node.classList.toggle("is-away", scrollY > last && scrollY > 120);
      last = scrollY;
    }, { passive: true });
  },
  /** [data-autosubmit] form or control: submits its form on change (filters, sort selects). */
  autosubmit(node) {
    node.addEventListener("change", () => (node.form ?? node).requestSubmit());
  },
};
export const mount = (node) => Object.entries(mounts).forEach(([hook, run]) => hook in node.dataset && run(node));
