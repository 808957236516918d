/* Stand-in for WeChat's JS-SDK: the calls and callbacks are WeChat's, the cashier is the simulator's.
   Signatures are checked by the simulator, with the keys the real service would use. */
(function () {
  "use strict";
  var base = new URL(document.currentScript.src).origin;
  var ready = [], failed = [], state = "new", problem = null, shared = {}, serial = 0;

  function overlay(path, fields, done) {
    var query = new URLSearchParams(fields);
    var address = base + path + "?" + query.toString();
    var frame = document.createElement("iframe");
    frame.title = "微信支付";
    Object.assign(frame.style, {
      position: "fixed", inset: "0", width: "100%", height: "100%", border: "0", zIndex: "2147483647", background: "#fff"
    });
    function leave() {
      window.removeEventListener("message", hear);
      document.removeEventListener("securitypolicyviolation", blocked);
      frame.remove();
    }
    function hear(event) {
      if (event.source !== frame.contentWindow || !event.data || event.data.source !== "wechat-simulator") { return; }
      leave();
      done(event.data.result);
    }
    function blocked(event) {
      if (event.effectiveDirective !== "frame-src" && event.effectiveDirective !== "child-src") { return; }
      leave();
      query.delete("embed");
      query.set("return_url", location.href);
      location.assign(base + path + "?" + query.toString());
    }
    window.addEventListener("message", hear);
    document.addEventListener("securitypolicyviolation", blocked);
    frame.src = address;
    document.body.appendChild(frame);
  }

  function pay(fields, done) {
    overlay("/sim/js/pay", {
      appId: fields.appId, timeStamp: fields.timeStamp, nonceStr: fields.nonceStr, package: fields.package,
      signType: fields.signType, paySign: fields.paySign, embed: "1"
    }, done);
  }

  function transfer(fields, done) {
    var token = String(fields.package || "").replace(/^.*[?&]package=/, "");
    overlay("/sim/transfer/confirm", { mchId: fields.mchId, appId: fields.appId, package: token, embed: "1" }, done);
  }

  window.WeixinJSBridge = {
    invoke: function (name, fields, done) {
      done = done || function () {};
      if (name === "getBrandWCPayRequest") {
        pay(fields, function (result) { done({ err_msg: "get_brand_wcpay_request:" + result }); });
      } else if (name === "requestMerchantTransfer") {
        transfer(fields, function (result) { done({ err_msg: "requestMerchantTransfer:" + result }); });
      } else {
        done({ err_msg: name + ":ok" });
      }
    },
    on: function () {},
    call: function () {}
  };

  function answer(name, fields, result, extra) {
    var message = Object.assign({ errMsg: name + ":" + result }, extra);
    var call = fields[{ ok: "success", cancel: "cancel" }[result] || "fail"];
    if (call) { call(message); }
    if (fields.complete) { fields.complete(message); }
  }

  function settle(outcome) {
    state = outcome.ok ? "ready" : "error";
    problem = outcome.ok ? null : { errMsg: "config:" + outcome.message };
    (outcome.ok ? ready : failed).splice(0).forEach(function (call) { call(problem || undefined); });
  }

  var wx = {
    config: function (fields) {
      var name = "__wxSimulatorConfig" + (serial += 1);
      window[name] = function (outcome) { delete window[name]; settle(outcome); };
      var script = document.createElement("script");
      script.src = base + "/sim/js/config?" + new URLSearchParams({
        appId: fields.appId, timestamp: fields.timestamp, nonceStr: fields.nonceStr, signature: fields.signature,
        url: location.href.split("#")[0], callback: name
      }).toString();
      script.onerror = function () { settle({ ok: false, message: "network error" }); };
      document.head.appendChild(script);
    },
    ready: function (call) { if (state === "ready") { call(); } else { ready.push(call); } },
    error: function (call) { if (state === "error") { call(problem); } else { failed.push(call); } },
    checkJsApi: function (fields) {
      var known = {};
      (fields.jsApiList || []).forEach(function (name) { known[name] = typeof wx[name] === "function"; });
      answer("checkJsApi", fields, "ok", { checkResult: known });
    },
    chooseWXPay: function (fields) {
      pay(Object.assign({}, fields, { timeStamp: fields.timestamp, appId: fields.appId || "" }), function (result) {
        answer("chooseWXPay", fields, result);
      });
    },
    requestMerchantTransfer: function (fields) {
      transfer(fields, function (result) { answer("requestMerchantTransfer", fields, result); });
    },
    sharedData: shared
  };

  ["updateAppMessageShareData", "updateTimelineShareData", "onMenuShareAppMessage", "onMenuShareTimeline"].forEach(
    function (name) {
      wx[name] = function (fields) {
        shared[name] = { title: fields.title, desc: fields.desc, link: fields.link, imgUrl: fields.imgUrl };
        answer(name, fields, "ok");
      };
    }
  );
  ["hideMenuItems", "showMenuItems", "hideOptionMenu", "showOptionMenu", "hideAllNonBaseMenuItem",
    "showAllNonBaseMenuItem", "closeWindow", "previewImage"].forEach(function (name) {
    wx[name] = function (fields) { answer(name, fields || {}, "ok"); };
  });
  wx.openAddress = function (fields) {
    answer("openAddress", fields, "ok", {
      userName: "林小满", telNumber: "13800000001", provinceName: "浙江省", cityName: "杭州市",
      countryName: "余杭区", detailInfo: "文一西路 100 号", nationalCode: "330110", postalCode: "311100"
    });
  };
  wx.scanQRCode = function (fields) {
    var text = window.prompt("扫码内容", "");
    answer("scanQRCode", fields, text === null ? "cancel" : "ok", { resultStr: text || "" });
  };

  window.wx = window.jWeixin = wx;
  setTimeout(function () { document.dispatchEvent(new Event("WeixinJSBridgeReady")); }, 0);
})();
