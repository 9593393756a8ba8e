// @ts-check
/** Buttons that need a script: copy an address, print the page. They are hidden until this runs. */

/**
 * Put a text on the clipboard; select it for the person to copy where that is not allowed.
 * @param {HTMLInputElement} field
 * @returns {Promise<boolean>} whether the text is on the clipboard
 */
async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return false;
  }
}

for (const box of document.querySelectorAll("[data-copy]")) {
  const field = box.querySelector("input");
  const button = box.querySelector("button");
  const status = box.querySelector("[role=status]");
  if (!field || !button || !status) continue;
  const label = button.textContent ?? "";
  let back = 0;
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (!(await copy(field))) return;
    const done = button.dataset.copied ?? label;
    button.textContent = done;
    status.textContent = done;
    window.clearTimeout(back);
    back = window.setTimeout(() => {
      button.textContent = label;
      status.textContent = "";
    }, 4000);
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

export {};
