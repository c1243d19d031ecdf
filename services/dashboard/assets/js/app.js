// What every page gets: htmx, and the few things that HTML alone cannot do. Without it the pages work all the same.
import "htmx.org";
import { drawCharts } from "./charts.js";
import { keepDrafts } from "./drafts.js";
import { announce, watchRequests } from "./requests.js";
import { reviewByKeys } from "./review.js";
import { watchSession } from "./session.js";

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.key === "Escape" || !menu.contains(event.target)) {
      menu.open = false;
      if (event.key === "Escape") menu.querySelector("summary").focus();
    }
  }
}

function keys(event) {
  if (event.key === "Escape") closeMenus(event);
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector("main input[type=search]");
  if (search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
}

function confirmed(event) {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
}

function toMistakes() {
  const summary = document.querySelector(".errsum");
  if (summary) summary.focus();
}

// A list's page size, a choice: sent as soon as it is made. The button beside it is for those without scripts.
function sendChoice(event) {
  const form = event.target.closest("form[data-auto]");
  if (form) form.requestSubmit ? form.requestSubmit() : form.submit();
}

function printed(event) {
  if (event.target.closest("[data-print]")) window.print();
}

document.addEventListener("click", closeMenus);
document.addEventListener("click", printed);
document.addEventListener("keydown", keys);
document.addEventListener("submit", confirmed);
document.addEventListener("change", sendChoice);
watchRequests(() => { drawCharts(); toMistakes(); });
watchSession(announce);
keepDrafts();
reviewByKeys();
drawCharts();
toMistakes();
for (const scripted of document.querySelectorAll("[data-print][hidden]")) scripted.hidden = false;
