import { t, toast } from "./ui.js";

const SETTLE_MS = 300;

/** [data-stepper] > [data-step="-1"] input[type=number] [data-step="1"]; fires one `change` on the input when taps settle. */
export function mount(root) {
  const input = root.querySelector("input");
  const buttons = [...root.querySelectorAll("[data-step]")];
  const least = () => Number(input.min || 1);
  const most = () => Number(input.max || 999);
  let sent = input.value;
  let timer;
  const paint = () => {
    for (const button of buttons) {
      const at = Number(button.dataset.step) < 0 ? Number(input.value) <= least() : Number(input.value) >= most();
      button.setAttribute("aria-disabled", String(at));
    }
  };
  const set = (wanted) => {
    const value = Math.min(Math.max(Math.trunc(wanted) || least(), least()), Math.max(most(), least()));
    if (wanted > most()) toast(root.dataset.maxText || t("max_quantity", { n: most() }));
    input.value = value;
    paint();
  };
  const settle = () => {
    if (input.value === sent) return;
    sent = input.value;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    set(Number(input.value) + Number(button.dataset.step));
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLE_MS);
  });
  // Clamp before other listeners (htmx) read the value.
  input.addEventListener("change", () => { set(Number(input.value)); sent = input.value; clearTimeout(timer); }, true);
  input.addEventListener("stepper:refresh", () => set(Math.min(Number(input.value), most())));
  paint();
}
