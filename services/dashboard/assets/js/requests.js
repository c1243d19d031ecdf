// What happens around a request of htmx: errors are said, the new heading gets the focus, a reader is told.
export function announce(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}

function notice(text, retry) {
  const box = document.getElementById("notices");
  const shown = document.createElement("div");
  shown.className = "notice";
  shown.setAttribute("role", "alert");
  const sentence = document.createElement("p");
  sentence.textContent = text;
  shown.append(sentence);
  if (retry) shown.append(button("重试", () => { shown.remove(); retry(); }));
  shown.append(button("关闭", () => shown.remove()));
  box.replaceChildren(shown);
}

export function button(word, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = word;
  made.addEventListener("click", act);
  return made;
}

function failed(event) {
  const { ctx, error } = event.detail;
  if (!ctx) return;
  const late = String(error?.name ?? error).includes("imeout") || error === "timeout";
  const source = ctx.sourceElement;
  const again = source?.tagName === "A" ? () => window.location.assign(source.href) : null;
  notice(late ? "服务器没有及时应答，页面内容没有改变。" : "网络连接有问题，页面内容没有改变。", again);
}

// What is blank is not asked: it stays out of the address.
function asking(event) {
  const { request } = event.detail.ctx;
  if (request.method?.toUpperCase() !== "GET" || !request.body?.keys) return;
  for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
}

// Whoever made a choice in a part that is replaced is still at that choice.
let at = null;
function swapping() {
  const chosen = document.activeElement;
  at = chosen?.matches("select[id], input[type=search][id]") ? chosen.id : null;
}

function swapped(event) {
  const target = event.detail.ctx?.target;
  if (!target || target.id === "notices" || target.closest("[data-quiet]")) return;
  const place = target.isConnected ? target : document.getElementById("main");
  const chosen = at && place.querySelector(`#${CSS.escape(at)}`);
  if (chosen) {
    chosen.focus({ preventScroll: true });
    announce("已更新");
    return;
  }
  const heading = place.querySelector("h1[tabindex]");
  if (heading && !place.querySelector(".errsum")) {
    heading.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    announce(`已打开：${heading.textContent.trim()}`);
  }
}

function online() {
  const banner = document.getElementById("offline");
  if (banner) banner.hidden = navigator.onLine;
}

export function watchRequests(after) {
  document.addEventListener("htmx:config:request", asking);
  document.addEventListener("htmx:before:swap", swapping);
  document.addEventListener("htmx:error", failed);
  document.addEventListener("htmx:after:swap", (event) => { swapped(event); after(); });
  window.addEventListener("online", online);
  window.addEventListener("offline", online);
  online();
}
