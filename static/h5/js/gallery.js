import { icon, t } from "./ui.js";

/**
 * [data-gallery] with .gallery__track > .gallery__slide. Attributes: data-gallery-dots, data-gallery-count,
 * data-gallery-autoplay="5000" (with a pause button; never under reduced motion).
 */
export function mount(root) {
  const track = root.querySelector(".gallery__track");
  const slides = [...track.children];
  if (slides.length < 2) return;
  let index = 0;
  const go = (to, smooth = true) => track.scrollTo({ left: track.clientWidth * ((to + slides.length) % slides.length), behavior: smooth ? "smooth" : "instant" });
  slides.forEach((slide, i) => {
    slide.setAttribute("role", "group");
    slide.setAttribute("aria-label", t("slide", { n: i + 1, total: slides.length }));
  });
  const dots = [];
  if (root.hasAttribute("data-gallery-dots")) {
    const bar = Object.assign(document.createElement("div"), { className: "gallery__dots" });
    slides.forEach((_, i) => {
      const dot = Object.assign(document.createElement("button"), { type: "button", ariaLabel: t("slide", { n: i + 1, total: slides.length }) });
      dot.addEventListener("click", () => go(i));
      dots.push(dot);
    });
    bar.append(...dots);
    root.append(bar);
  }
  const count = root.hasAttribute("data-gallery-count") && Object.assign(document.createElement("span"), { className: "gallery__count" });
  if (count) { count.setAttribute("aria-hidden", "true"); root.append(count); }
  const paint = () => {
    dots.forEach((dot, i) => (i === index ? dot.setAttribute("aria-current", "true") : dot.removeAttribute("aria-current")));
    if (count) count.textContent = `${index + 1}/${slides.length}`;
  };
  track.addEventListener("scroll", () => {
    const at = Math.round(track.scrollLeft / track.clientWidth);
    if (at !== index) { index = at; paint(); root.dispatchEvent(new CustomEvent("gallery:change", { bubbles: true, detail: { index } })); }
  }, { passive: true });
  track.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { event.preventDefault(); go(index + step); }
  });
  root.addEventListener("gallery:go", ({ detail }) => go(detail.index, false));
  paint();
  autoplay(root, () => go(index + 1));
}

function autoplay(root, next) {
  const every = Number(root.dataset.galleryAutoplay);
  if (!every || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  let stopped = false;
  let over = false;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "gallery__pause" });
  const paint = () => {
    button.replaceChildren(icon(stopped ? "play" : "pause"));
    button.setAttribute("aria-label", t(stopped ? "play" : "pause"));
  };
  button.addEventListener("click", () => { stopped = !stopped; paint(); });
  for (const [type, value] of [["pointerenter", true], ["pointerleave", false], ["focusin", true], ["focusout", false], ["touchstart", true], ["touchend", false]]) root.addEventListener(type, () => { over = value; }, { passive: true });
  root.append(button);
  paint();
  const timer = setInterval(() => {
    if (!root.isConnected) clearInterval(timer);
    else if (!stopped && !over && !document.hidden) next();
  }, every);
}
