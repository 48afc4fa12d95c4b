/* Shortens the way on every page; nothing here is needed to do the work. */
(() => {
  "use strict";

  const RESEND_AFTER_MS = 10000;
  const KEYS_OFF = "keys-off";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const yuan = (fen) =>
    (fen / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }).replace("-", "−");

  // Frame: menu on the phone, folds that close on a click elsewhere.

  function openMenu(button, open) {
    document.body.classList.toggle("menu-open", open);
    button.setAttribute("aria-expanded", String(open));
    if (open) window.scrollTo(0, 0);
  }

  function setUpMenu() {
    const button = document.querySelector("[data-menu]");
    if (!button) return;
    button.setAttribute("role", "button");
    openMenu(button, false);
    button.addEventListener("click", (event) => {
      event.preventDefault();
      openMenu(button, !document.body.classList.contains("menu-open"));
    });
    button.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      button.click();
    });
  }

  // On a narrow screen the tab of this page may lie outside of its row.
  function showCurrentTab() {
    all(".tabs [aria-current]").forEach((tab) => {
      tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 16;
    });
  }

  function closeFolds(except) {
    all("details[data-fold][open]").forEach((fold) => {
      if (!except || !fold.contains(except)) fold.open = false;
    });
  }

  document.addEventListener("click", (event) => closeFolds(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const fold = document.activeElement.closest("details[data-fold][open]");
    closeFolds();
    if (fold) fold.querySelector("summary").focus();
  });

  // Small helpers on buttons.

  function fillLogin(button) {
    const user = document.querySelector("input[name=username]");
    const password = document.querySelector("input[name=password]");
    user.value = button.dataset.fillUser;
    password.value = button.dataset.fillPassword;
    user.form.querySelector("[type=submit]").focus();
  }

  function showPassword(button) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.value = shown ? button.dataset.hide : button.dataset.show;
  }

  async function copyText(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied || button.textContent;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button, a, input[type=button]");
    if (!button) return;
    if ("fillUser" in button.dataset) fillLogin(button);
    if ("showPassword" in button.dataset) showPassword(button);
    if ("copy" in button.dataset) copyText(button);
    if ("print" in button.dataset) window.print();
  });

  // Forms: one submit only, a button that waits for its tick, the box of errors takes the focus.

  function mayNotSend(form) {
    if (form.method !== "post" || "again" in form.dataset) return false;
    if (form.dataset.sending) return true;
    form.dataset.sending = "1";
    setTimeout(() => delete form.dataset.sending, RESEND_AFTER_MS);
    return false;
  }

  document.addEventListener("submit", (event) => {
    if (mayNotSend(event.target)) event.preventDefault();
  });
  window.addEventListener("pageshow", () => all("form[data-sending]").forEach((form) => delete form.dataset.sending));

  function followTick(tick) {
    all("[data-confirm-button]", tick.form || document).forEach((button) => (button.disabled = !tick.checked));
  }

  // Bulk: all, count, sum, and the button that repeats them.

  function showSelection(form) {
    const boxes = all("[data-select]", form);
    const chosen = boxes.filter((box) => box.checked);
    const sum = chosen.reduce((fen, box) => fen + Number(box.dataset.fen || 0), 0);
    const words = (text) => text.replace("{count}", chosen.length.toLocaleString("en-US")).replace("{sum}", yuan(sum));
    all("[data-select-all]", form).forEach((head) => {
      head.checked = boxes.length > 0 && chosen.length === boxes.length;
      head.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    });
    all("[data-selected-sum]", form).forEach((place) => (place.textContent = yuan(sum)));
    all("[data-selected-text]", form).forEach((place) => (place.textContent = words(place.dataset.selectedText)));
    all("[data-selected-label]", form).forEach((button) => {
      (button.querySelector("[data-label]") || button).textContent = words(button.dataset.selectedLabel);
      button.disabled = chosen.length === 0;
    });
  }

  function nameFiles(field) {
    const names = [...field.querySelector("input[type=file]").files].map((file) => file.name);
    if (names.length) field.querySelector("[data-file-name]").textContent = names.join("、");
    field.classList.add("is-ready");
  }

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-file] input")) nameFiles(box.closest("[data-file]"));
    if (box.matches("[data-confirm-tick]")) followTick(box);
    if (box.matches("[data-row] [data-key]")) delete box.closest("[data-row]").dataset.undecided;
    if (box.matches("[data-keys-switch]")) localStorage.setItem(KEYS_OFF, box.checked ? "" : "1");
    if (box.matches("[data-select-all]")) {
      all("[data-select]:not(:disabled)", box.form || document).forEach((other) => (other.checked = box.checked));
    }
    if (box.matches("[data-select], [data-select-all]")) showSelection(box.form || document);
  });

  // Verification by keyboard: physical keys, because a Chinese input method eats letters.

  const rowsOf = (list) => all("[data-row]", list);
  const currentRow = (list) => list.querySelector("[data-row].is-current");

  function moveTo(list, row) {
    if (!row) return;
    rowsOf(list).forEach((other) => other.classList.toggle("is-current", other === row));
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(list, by) {
    const rows = rowsOf(list);
    const at = rows.indexOf(currentRow(list));
    moveTo(list, rows[Math.min(Math.max(at + by, 0), rows.length - 1)]);
  }

  function nextUndecided(list) {
    const rows = rowsOf(list);
    const at = rows.indexOf(currentRow(list)) + 1;
    moveTo(list, [...rows.slice(at), ...rows.slice(0, at)].find((row) => "undecided" in row.dataset));
  }

  function search() {
    const input = document.querySelector("[data-list-search]") || document.querySelector("[data-search]");
    if (input) input.focus();
  }

  function reasonsOf(row) {
    // Findings may stand between a row and its reasons.
    let place = row;
    do {
      const reasons = place.querySelector("[data-reasons]");
      if (reasons) return reasons;
      place = place.nextElementSibling;
    } while (place && !("row" in place.dataset));
    return null;
  }

  function openReasons(row) {
    const reasons = reasonsOf(row);
    if (!reasons) return;
    reasons.open = true;
    const first = reasons.querySelector("input, select, textarea, button");
    if (first) first.focus();
  }

  function press(list, code) {
    const row = currentRow(list);
    // Nobody is chosen yet: the first press chooses, so that no verdict falls on a row that was not looked at.
    if (!row) return nextUndecided(list);
    const control = row.querySelector(`[data-key="${code}"]`);
    if (control) control.click();
    if (code === "KeyR") openReasons(row);
  }

  function pickReason(field, code) {
    const found = /^(?:Digit|Numpad)([1-9])$/.exec(code);
    const reasons = field.closest("[data-reasons]");
    const choice = found && reasons && all("input[type=radio]", reasons)[Number(found[1]) - 1];
    if (choice) choice.click();
    if (choice) choice.focus();
    return Boolean(choice);
  }

  const ACTS = {
    ArrowUp: (list) => step(list, -1),
    ArrowDown: (list) => step(list, 1),
    KeyA: (list) => press(list, "KeyA"),
    KeyR: (list) => press(list, "KeyR"),
    KeyZ: (list) => press(list, "KeyZ"),
    KeyN: nextUndecided,
    Slash: search,
  };

  function isTyping(element) {
    return element.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
  }

  function onListKey(event) {
    const list = event.target.closest("[data-keys]");
    if (!list || event.ctrlKey || event.altKey || event.metaKey || localStorage.getItem(KEYS_OFF)) return;
    if (isTyping(event.target)) return;
    if (event.target.matches("input[type=radio]") && event.target.closest("[data-reasons]")) {
      if (pickReason(event.target, event.code)) event.preventDefault();
      return;
    }
    const act = ACTS[event.code];
    if (!act) return;
    event.preventDefault();
    act(list);
  }

  document.addEventListener("keydown", onListKey);

  function markRow(event) {
    const row = event.target.closest("[data-keys] [data-row]");
    if (row) rowsOf(row.closest("[data-keys]")).forEach((other) => other.classList.toggle("is-current", other === row));
  }

  document.addEventListener("focusin", markRow);
  document.addEventListener("click", markRow);

  // What a swap by htmx changed is read out, and tables that scroll sideways can be reached by key.

  function speak(root) {
    const source = root.matches?.("[data-spoken]") ? root : root.querySelector("[data-spoken]");
    const place = document.getElementById("spoken");
    if (source && place && place.textContent !== source.dataset.spoken) place.textContent = source.dataset.spoken;
  }

  function prepare(root) {
    all("[data-confirm-tick]", root).forEach(followTick);
    all("[data-keys-switch]", root).forEach((box) => (box.checked = !localStorage.getItem(KEYS_OFF)));
    new Set(all("[data-select]", root).map((box) => box.form || document)).forEach(showSelection);
    all("[data-file]", root).forEach(nameFiles);
    all(".table-wrap, .sheet", root).forEach((wrap) => {
      if (wrap.scrollWidth > wrap.clientWidth + 1) wrap.tabIndex = 0;
    });
  }

  setUpMenu();
  showCurrentTab();
  prepare(document);
  const errors = document.querySelector("[data-takes-focus]");
  if (errors) errors.focus();
  document.addEventListener("htmx:afterSettle", (event) => {
    prepare(event.target);
    speak(event.target);
  });
})();
