// @ts-check
/**
 * The desk: single keys, Ctrl+Enter to submit, and drafts that are kept on the server while they are written. What a key
 * does stands in the page: it presses, opens or enters the element that has it as data-key (torget/desk/keys.py lists
 * them). Everything works without it; nothing here changes what a form does.
 */

const OFF = "torget.shortcuts.off";
const WAIT_MS = 1200;

/** @returns {boolean} whether the person has switched the single keys off, in this browser or everywhere */
function switchedOff() {
  if (document.querySelector('[data-keys="off"]')) return true;
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

/** @param {EventTarget | null} target @returns {boolean} whether keys typed there are text */
function isField(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

/** @param {1 | -1} step Moves focus along the queue, from the focused row or else the chosen one. */
function move(step) {
  const rows = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll(".q li > a[href]")]);
  if (!rows.length) return;
  const focused = rows.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  const chosen = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const from = focused >= 0 ? focused : chosen;
  const next = from < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, from + step));
  rows[next].focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

/** Puts the cursor in the answer, and opens what it lies in. */
function toAnswer() {
  const box = document.querySelector("textarea[data-answer]");
  if (box instanceof HTMLElement) enter(box);
}

/** @param {HTMLElement} field Opens what it is folded into and puts the cursor there. */
function enter(field) {
  for (let folded = field.closest("details"); folded; folded = folded.parentElement?.closest("details") ?? null) {
    folded.open = true;
  }
  field.focus();
  field.scrollIntoView({ block: "nearest" });
}

/**
 * Does what the page says that a key does.
 * @param {string} key
 * @returns {boolean} whether there was such an element
 */
function press(key) {
  const found = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!(found instanceof HTMLElement)) return false;
  if (found instanceof HTMLDetailsElement) {
    found.open = !found.open;
    const field = found.querySelector("input:not([type=hidden]), select, textarea, a[href], button");
    if (found.open && field instanceof HTMLElement) enter(field);
    else found.querySelector("summary")?.focus();
  } else if (isField(found)) {
    enter(found);
  } else {
    found.click();
  }
  return true;
}

/** Ticks the focused row of the queue, or begins choosing rows. */
function tick() {
  const box = document.activeElement?.closest(".q li")?.querySelector('input[name="val"]');
  if (box instanceof HTMLInputElement) box.checked = !box.checked;
  else if (!document.querySelector("#flera")) press("v");
}

/** Opens the list of keys, where they can also be switched off. */
function showKeys() {
  const list = document.querySelector("dialog[data-shortcuts]");
  if (!(list instanceof HTMLDialogElement) || list.open) return;
  list.showModal();
  const choice = list.querySelector("[data-shortcuts-on]");
  if (choice instanceof HTMLElement) choice.focus();
}

/** @param {KeyboardEvent} event Ctrl+Enter: hands in what is written, or approves what is read. */
function submitByKey(event) {
  const target = event.target;
  const form = target instanceof HTMLTextAreaElement ? target.form : null;
  const button = form
    ? form.querySelector("button.primary[type=submit]") ?? form.querySelector("button[type=submit]")
    : document.querySelector("button[data-approve]");
  if (!(button instanceof HTMLButtonElement) || !button.form || (isField(target) && !form)) return;
  event.preventDefault();
  button.form.requestSubmit(button);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    submitByKey(event);
    return;
  }
  if (event.key === "Escape" && isField(event.target) && event.target instanceof HTMLElement) {
    event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  // "?" works even when the rest is off: it is the way back.
  if (switchedOff() && key !== "?") return;
  const own = { j: () => move(1), k: () => move(-1), r: toAnswer, x: tick, "?": showKeys }[key];
  if (own) own();
  else if (key.length !== 1 || !press(key)) return;
  event.preventDefault();
}

function keysDialog() {
  const choice = document.querySelector("[data-shortcuts-on]");
  if (choice instanceof HTMLInputElement) {
    choice.checked = !switchedOff();
    choice.addEventListener("change", () => {
      try {
        choice.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1");
      } catch {
        // A browser that keeps nothing: the choice then lasts as long as the page.
      }
    });
  }
  for (const link of document.querySelectorAll("[data-open-shortcuts]")) {
    if (link instanceof HTMLElement) link.hidden = false;
    link.addEventListener("click", (event) => {
      if (!document.querySelector("dialog[data-shortcuts]")) return;
      event.preventDefault();
      showKeys();
    });
  }
  document.addEventListener("keydown", onKey);
}

/** A box that lies over the page is folded away when focus leaves it or on Escape: it never covers what has focus. */
function foldAway() {
  for (const box of document.querySelectorAll("details.more, details.me-menu")) {
    if (!(box instanceof HTMLDetailsElement)) continue;
    box.addEventListener("focusout", (event) => {
      // Nothing to go to: the window lost focus, or something that takes none was pressed.
      if (event.relatedTarget instanceof Node && !box.contains(event.relatedTarget)) box.open = false;
    });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !box.open) return;
      event.stopPropagation();
      box.open = false;
      box.querySelector("summary")?.focus();
    });
  }
}

/**
 * Keep a draft on the server while it is written.
 * @param {HTMLTextAreaElement} box its form is posted whole to data-draft-url
 */
function keepDraft(box) {
  const form = box.form;
  const url = box.dataset.draftUrl;
  const status = form?.querySelector("[data-draft-status]");
  if (!form || !url || !(status instanceof HTMLElement)) return;
  let kept = box.value;
  let timer = 0;
  let submitting = false;

  /** @param {boolean} leaving the page is going away: nobody reads the answer */
  const save = async (leaving) => {
    window.clearTimeout(timer);
    const text = box.value;
    if (submitting || text === kept) return;
    try {
      const given = new FormData(form);
      // Files go with the form itself, once, and not with each word that is typed.
      given.delete("bilagor");
      const answer = await fetch(url, { method: "POST", body: given, keepalive: leaving });
      if (!answer.ok || answer.redirected) {
        // The server may say why ("Amina hann före. Ditt utkast är kvar."), as JSON: {"message": "…"}.
        const why = await answer.json().catch(() => ({}));
        status.textContent = why.message || status.dataset.failed || "";
        return;
      }
      kept = text;
      // The server's own time: a browser may stand in another zone.
      const { saved } = /** @type {{ saved?: string }} */ (await answer.json());
      status.textContent = saved ? `${status.dataset.saved ?? ""} ${saved}` : "";
    } catch {
      status.textContent = status.dataset.failed ?? "";
    }
  };

  box.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void save(false), WAIT_MS);
  });
  form.addEventListener("submit", () => {
    // The form itself brings the text; a late draft after it would bring the answered draft back.
    submitting = true;
    window.clearTimeout(timer);
  });
  window.addEventListener("pagehide", () => void save(true));
  window.addEventListener("pageshow", () => {
    submitting = false;
  });
}

/** Takes away the word that an answer can be taken back when it no longer can. */
function endUndo() {
  for (const bar of document.querySelectorAll("[data-until]")) {
    const left = Date.parse(bar.getAttribute("data-until") ?? "") - Date.now();
    if (left > 0 && left < 3_600_000) window.setTimeout(() => bar.remove(), left);
  }
}

keysDialog();
foldAway();
endUndo();
for (const box of document.querySelectorAll("textarea[data-draft-url]")) {
  if (box instanceof HTMLTextAreaElement) keepDraft(box);
}

export {};
