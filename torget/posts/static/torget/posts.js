// @ts-check
/**
 * Planning posts: what each channel makes of the text follows along while one writes, and single keys (N, arrows).
 * Everything works without it: the same previews come with each save.
 */

const OFF = "torget.shortcuts.off";
const WAIT_MS = 500;

/** @returns {boolean} whether the person has switched the single keys off in this browser (desk.js keeps it) */
function switchedOff() {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

/** @param {EventTarget | null} target @returns {boolean} whether keys pressed there are its own */
function isField(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select, summary"));
}

/** @param {string} selector Follows a link of the page, where there is one. */
function follow(selector) {
  const link = document.querySelector(selector);
  if (link instanceof HTMLAnchorElement) link.click();
}

/** @param {1 | -1} step Moves focus among the posts of the table; desk.js does it in lists. */
function move(step) {
  const shown = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll("a.entry")]).filter((one) => one.checkVisibility());
  const at = shown.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  const next = at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + step));
  shown[next]?.focus();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || switchedOff()) return;
  if (isField(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "j" || event.key === "k") return move(event.key === "j" ? 1 : -1);
  const places = { n: "[data-new]", arrowleft: "[data-before]", arrowright: "[data-after]" };
  const place = /** @type {Record<string, string>} */ (places)[event.key.toLowerCase()];
  // Arrows belong to a table that has to be scrolled sideways, while it has focus.
  if (!place || !document.querySelector(place) || (event.target instanceof Element && event.target.closest(".scroll:focus"))) return;
  event.preventDefault();
  follow(place);
}

/** @param {HTMLFormElement} form Shows beside it what the channels would make of what is written. */
function showBeside(form) {
  const beside = document.querySelector("[data-beside]");
  const url = form.dataset.previewUrl;
  if (!(beside instanceof HTMLElement) || !url) return;
  let timer = 0;
  let asked = 0;

  const ask = async () => {
    const number = ++asked;
    const data = new FormData(form);
    data.delete("upload");
    try {
      const answer = await fetch(url, { method: "POST", body: data });
      // A later answer may have come before this one.
      if (answer.ok && !answer.redirected && number === asked) beside.innerHTML = await answer.text();
    } catch {
      // The previews stay as they are: nothing that was written hangs on them.
    }
  };
  const later = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
}

document.addEventListener("keydown", onKey);
for (const form of document.querySelectorAll("form[data-post]")) {
  if (form instanceof HTMLFormElement) showBeside(form);
}

export {};
