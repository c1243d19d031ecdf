// What was typed into a form marked data-draft outlives the sign-in: kept in this tab, for this user, never passwords,
// files, hidden fields, or what is marked data-secret (ID numbers).
const PREFIX = "shegong.draft.";
const SENT = "shegong.sent";

const user = () => document.body.dataset.user ?? "";
const keyOf = (form) => `${PREFIX}${user()}.${form.dataset.draft || location.pathname}`;

const kept = (field) =>
  field.name && !field.name.startsWith("_") && !field.closest("[data-secret]") &&
  !["password", "hidden", "file", "submit", "button"].includes(field.type);

function store(act) {
  try { return act(sessionStorage); } catch { return null; }
}

function clear(except) {
  store((s) => {
    for (const key of Object.keys(s)) if (key.startsWith(PREFIX) && !(except && key.startsWith(except))) s.removeItem(key);
  });
}

function save(form) {
  const values = [];
  for (const field of form.elements) {
    if (!kept(field)) continue;
    const choice = field.type === "checkbox" || field.type === "radio";
    values.push([field.name, choice ? field.checked : field.value, choice ? field.value : null]);
  }
  store((s) => s.setItem(keyOf(form), JSON.stringify(values)));
}

function restore(form) {
  const text = store((s) => s.getItem(keyOf(form)));
  if (!text) return;
  let changed = false;
  for (const [name, value, choice] of JSON.parse(text)) {
    for (const field of form.elements) {
      if (field.name !== name || !kept(field) || (choice !== null && field.value !== choice)) continue;
      const before = choice === null ? field.value : field.checked;
      if (before === value) continue;
      if (choice === null) field.value = value; else field.checked = value;
      changed = true;
    }
  }
  if (changed) tell(form);
}

function tell(form) {
  const note = document.createElement("p");
  note.className = "alert alert-info";
  note.setAttribute("role", "status");
  note.textContent = "已恢复上次没有提交的内容，请核对后提交。";
  form.prepend(note);
}

// A form that was sent and is not on the page again has been taken: its draft is done with.
function settle(forms) {
  const sent = store((s) => s.getItem(SENT));
  if (!sent) return;
  const signedOut = location.pathname === "/login";
  if (!signedOut && !forms.some((form) => keyOf(form) === sent)) store((s) => s.removeItem(sent));
  store((s) => s.removeItem(SENT));
}

export function keepDrafts() {
  const forms = [...document.querySelectorAll("form[data-draft]")];
  if (user()) clear(`${PREFIX}${user()}.`);
  const again = store((s) => s.getItem(SENT));
  settle(forms);
  for (const form of forms) {
    if (keyOf(form) !== again) restore(form);
    form.addEventListener("input", () => save(form));
    form.addEventListener("change", () => save(form));
    form.addEventListener("submit", () => { save(form); store((s) => s.setItem(SENT, keyOf(form))); });
  }
  for (const form of document.querySelectorAll("form[data-leave]")) form.addEventListener("submit", () => clear());
}
