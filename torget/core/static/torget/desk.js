// @ts-check
/**
 * The desk: single keys (J, K, R, ?), Ctrl+Enter to submit, and drafts that are kept on the server while they are
 * written. Everything works without it; nothing here changes what a form does.
 */

const OFF = "torget.shortcuts.off";
const WAIT_MS = 1200;

/** @returns {boolean} whether the person has switched the single keys off in this browser */
function switchedOff() {
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
  if (!(box instanceof HTMLTextAreaElement)) return;
  const folded = box.closest("details");
  if (folded) folded.open = true;
  box.focus();
  box.scrollIntoView({ block: "nearest" });
}

/** Opens the list of keys, where they can also be switched off. */
function showKeys() {
  const list = document.querySelector("dialog[data-shortcuts]");
  if (list instanceof HTMLDialogElement && !list.open) list.showModal();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const target = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && target instanceof HTMLTextAreaElement) {
    if (target.hasAttribute("data-answer") && target.form) {
      event.preventDefault();
      target.form.requestSubmit();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isField(target) || document.querySelector("dialog[open]")) return;
  const act = { j: () => move(1), k: () => move(-1), r: toAnswer, "?": showKeys }[event.key.toLowerCase()];
  // "?" works even when the rest is off: it is the way back.
  if (!act || (switchedOff() && event.key !== "?")) return;
  event.preventDefault();
  act();
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
  for (const button of document.querySelectorAll("button[data-open-shortcuts]")) {
    if (button instanceof HTMLButtonElement) button.hidden = false;
    button.addEventListener("click", showKeys);
  }
  document.addEventListener("keydown", onKey);
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
      const answer = await fetch(url, { method: "POST", body: new FormData(form), keepalive: leaving });
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

keysDialog();
for (const box of document.querySelectorAll("textarea[data-draft-url]")) {
  if (box instanceof HTMLTextAreaElement) keepDraft(box);
}

export {};
