// What only works inside WeChat: paying and confirming a transfer through its bridge.

/** Run `action` once WeixinJSBridge is there. */
function whenBridge(action) {
  if (window.WeixinJSBridge) action();
  else document.addEventListener("WeixinJSBridgeReady", action, { once: true });
}

const dataOf = (id) => JSON.parse(document.getElementById(id).textContent);

for (const button of document.querySelectorAll("[data-wx-pay]")) {
  const open = () => whenBridge(() => WeixinJSBridge.invoke("getBrandWCPayRequest", dataOf(button.dataset.wxPay), () => {}));
  button.addEventListener("click", open);
  open();
}

for (const button of document.querySelectorAll("[data-wx-transfer]")) {
  const open = () => whenBridge(() => WeixinJSBridge.invoke("requestMerchantTransfer", dataOf(button.dataset.wxTransfer), () => location.reload()));
  button.addEventListener("click", open);
}
