/**
 * [data-pay-poll="/pay/<no>/status/"] polls JSON {status, redirect?} every 2 s for 60 s; a redirect is followed.
 * (data-poll-every and data-poll-for in ms change that.) Then the [data-poll-waiting] part gives way to [data-poll-timeout] (查询结果 · 客服), whose [data-poll-again] restarts it.
 */
export function mount(root) {
  const every = Number(root.dataset.pollEvery) || 2000;
  const limit = Number(root.dataset.pollFor) || 60000;
  const show = (waiting) => {
    root.querySelectorAll("[data-poll-waiting]").forEach((n) => { n.hidden = !waiting; });
    root.querySelectorAll("[data-poll-timeout]").forEach((n) => { n.hidden = waiting; });
  };
  let until = 0;
  let timer;
  const check = async () => {
    clearTimeout(timer);
    if (!root.isConnected) return;
    if (!document.hidden && navigator.onLine) {
      try {
        const reply = await fetch(root.dataset.payPoll, { headers: { Accept: "application/json" }, cache: "no-store" });
        const { status, redirect } = await reply.json();
        if (redirect) { location.replace(redirect); return; }
        root.dispatchEvent(new CustomEvent("pay:status", { bubbles: true, detail: { status } }));
      } catch { /* a lost packet says nothing about the money: keep asking */ }
    }
    if (performance.now() > until) show(false);
    else timer = setTimeout(check, every);
  };
  const start = () => { until = performance.now() + limit; show(true); check(); };
  root.addEventListener("click", (event) => event.target.closest("[data-poll-again]") && start());
  document.addEventListener("visibilitychange", () => document.hidden || start());
  window.addEventListener("online", start);
  start();
}
