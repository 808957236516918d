// Entry. Features load only on pages that carry their hook; htmx fragments are mounted as they arrive.
import "./ui.js";
import "./requests.js";
import "./sheet.js";
import "./share.js";

const FEATURES = [
  ["[data-stepper]", () => import("./stepper.js")],
  ["[data-gallery]", () => import("./gallery.js")],
  ["[data-sku]", () => import("./sku.js")],
  ["[data-infinite]", () => import("./infinite.js")],
  ["[data-countdown]", () => import("./countdown.js")],
  ["[data-region]", () => import("./region.js")],
  ["[data-pay-poll]", () => import("./poll.js")],
  ["[data-share-native]", () => import("./share.js")],
  ["[data-theme-choice], [data-care-switch]", () => import("./display.js")],
  ["[data-back], [data-check-all], [data-resend], [data-preview], [data-bubble], [data-autosubmit]", () => import("./page.js")],
];
const mounted = new WeakMap();

async function mountAll(root) {
  for (const [selector, load] of FEATURES) {
    const nodes = [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
    if (!nodes.length) continue;
    load().then(({ mount }) => {
      for (const node of nodes) {
        const done = mounted.get(node) ?? new Set();
        if (done.has(selector)) continue;
        mounted.set(node, done.add(selector));
        mount?.(node);
      }
    });
  }
}

document.addEventListener("htmx:load", ({ detail }) => mountAll(detail.elt));
mountAll(document.body);
