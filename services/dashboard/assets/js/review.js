// The review desk by keyboard alone; everything it does is also a link or a form of the page.
const OFF = "shegong.keys.off";
const VERBS = { 1: "approve", 2: "return", 3: "reject" };
const PROLONG = 5 * 60 * 1000; // work goes on: more time, at most this often
let prolonged = Date.now();

const desk = () => document.querySelector("[data-review]");
const decision = () => document.querySelector("form[data-decide]");

function off() {
  try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
}

function toggleKeys(button) {
  try { localStorage.setItem(OFF, off() ? "0" : "1"); } catch { return; }
  label(button);
}

function label(button) {
  button.textContent = off() ? "打开单键操作" : "关闭单键操作";
}

function help() {
  const keys = document.getElementById("keys");
  keys.open = !keys.open;
  keys.classList.toggle("overlay", keys.open);
  keys.querySelector("summary").focus();
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
}

function choose(verb) {
  const box = document.getElementById(`verb-${verb}`);
  if (!box) return;
  box.checked = true;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  document.getElementById("reason").focus();
}

function unconfirmed() {
  const form = decision();
  if (!form) return;
  delete form.dataset.sure;
  form.querySelector("[data-confirming]").textContent = "";
}

// The first Enter says what would be done, the second does it.
function enter(event) {
  const form = decision();
  if (event.target.id !== "reason" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  const chosen = form.querySelector("input[name=verb]:checked");
  const said = form.querySelector("[data-confirming]");
  if (!chosen) said.textContent = "请先选择决定：Esc 离开意见栏，再按 1 通过、2 退回、3 不予通过。";
  else if (form.dataset.sure === chosen.value) form.requestSubmit();
  else {
    form.dataset.sure = chosen.value;
    said.textContent = `请确认：${chosen.labels[0].textContent.trim().slice(2)}。再按 Enter 提交，Esc 取消；提交后不能撤回。`;
  }
}

function keys(event) {
  if (!desk() || event.ctrlKey || event.metaKey || event.altKey) return;
  const keysShown = document.querySelector("#keys.overlay[open]");
  if (event.key === "Escape") {
    if (keysShown) help();
    else if (decision()?.dataset.sure) unconfirmed();
    else document.activeElement.blur();
    return;
  }
  if (event.key === "Enter") enter(event);
  if (event.target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])") || off()) return;
  if (event.key === "?") help();
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "n") document.querySelector("form[data-next]")?.requestSubmit();
  else if (VERBS[event.key]) choose(VERBS[event.key]);
  else return;
  event.preventDefault();
}

function worked(event) {
  const form = decision();
  if (!form || !form.contains(event.target)) return;
  if (event.target.matches("[data-template]")) {
    const text = event.target.selectedOptions[0].dataset.text;
    if (text) document.getElementById("reason").value = text;
  }
  unconfirmed();
  const claim = document.querySelector("form[data-claim]");
  if (claim && Date.now() - prolonged > PROLONG) {
    prolonged = Date.now();
    claim.requestSubmit();
  }
}

export function reviewByKeys() {
  document.addEventListener("keydown", keys);
  document.addEventListener("input", worked);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-keys-off]");
    if (button) toggleKeys(button);
  });
  for (const button of document.querySelectorAll("[data-keys-off]")) { button.hidden = false; label(button); }
}
