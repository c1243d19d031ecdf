// A warning five minutes before the session ends by itself; work in another tab counts as well.
import { button } from "./requests.js";

const SEEN = "shegong.seen";
const WARN_BEFORE = 300;

const now = () => Math.floor(Date.now() / 1000);
const box = () => document.getElementById("session");

function seen() {
  try { localStorage.setItem(SEEN, String(now())); } catch { /* private mode: this tab alone counts */ }
}

function lastSeen(loaded) {
  try { return Math.max(loaded, Number(localStorage.getItem(SEEN)) || 0); } catch { return loaded; }
}

async function goOn(here) {
  const answer = await fetch("/session", { headers: { "HX-Request": "true" }, redirect: "manual" }).catch(() => null);
  if (answer?.status === 204) { here.loaded = now(); seen(); hide(); } else if (answer) ended();
}

function hide() {
  const shown = box();
  shown.hidden = true;
  shown.replaceChildren();
}

function show(text, ...offered) {
  const shown = box();
  const sentence = document.createElement("p");
  sentence.textContent = text;
  shown.replaceChildren(sentence, ...offered);
  shown.hidden = false;
}

function ended() {
  const link = document.createElement("a");
  link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "重新登录";
  show("登录已超时。已填写的内容会保留在本机，重新登录后可以继续。", link);
}

export function watchSession(announce) {
  const idle = Number(document.body.dataset.idle);
  if (!idle) return;
  const here = { loaded: now(), state: "" };
  seen();
  document.addEventListener("htmx:after:request", () => { here.loaded = now(); seen(); });
  setInterval(() => {
    const left = idle - (now() - lastSeen(here.loaded));
    const state = left <= 0 ? "ended" : left <= WARN_BEFORE ? "soon" : "";
    if (state === here.state) return;
    here.state = state;
    if (state === "soon") {
      const text = "您已有一段时间没有操作，约 5 分钟后将自动退出登录。";
      show(text, button("继续使用", () => goOn(here)));
      announce(text);
    } else if (state === "ended") ended();
    else hide();
  }, 5000);
}
