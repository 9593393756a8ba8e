// @ts-check
/**
 * The desk, live: rows change where they stand as soon as something happens, and the page is brought to the exact state
 * a little later and after every lost connection. Parts marked data-live="name" are replaced; nothing that a person is
 * writing in ever is. One stream a browser: the first window holds it and tells the others. Works without it as before.
 */

const EVENTS = ["rows", "reload", "ping"];
const SILENT_MS = 50_000;
const SOON_MS = [1500, 6000];

const meta = document.querySelector('meta[name="torget-live"]');
let since = Number(meta?.getAttribute("content") ?? 0);
let heard = Date.now();
let wanted = 0;

/** @param {number[]} between @returns {number} a moment between the two: two hundred desks never ask at once */
function spread([from, to]) {
  return from + Math.random() * (to - from);
}

/** @returns {string} the number of the conversation that is open, or "" */
function openNumber() {
  return /\/disk\/(\d+)\/$/.exec(location.pathname)?.[1] ?? "";
}

/** @param {ParentNode} root @returns {Map<string, HTMLElement>} queue rows by conversation number */
function rowsIn(root) {
  const found = new Map();
  for (const link of root.querySelectorAll(".q li > a[href]")) {
    const number = /\/disk\/(\d+)\//.exec(link.getAttribute("href") ?? "")?.[1];
    if (number && link.parentElement) found.set(number, link.parentElement);
  }
  return found;
}

/** @param {Element} part @returns {boolean} whether somebody is writing or choosing in it */
function busy(part) {
  const here = document.activeElement;
  const typing = here instanceof HTMLElement && part.contains(here) && here.matches("input:not([type=checkbox]), textarea, select");
  return typing || [...part.querySelectorAll("textarea")].some((box) => box.value !== box.defaultValue);
}

/** @param {Element} element @returns {string} a selector that finds it in the same part made anew, "" where it has no name */
function nameOf(element) {
  const [href, name] = [element.getAttribute("href"), element.getAttribute("name")];
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (href) return `a[href="${CSS.escape(href)}"]`;
  return name ? `[name="${CSS.escape(name)}"][value="${CSS.escape(element.getAttribute("value") ?? "")}"]` : "";
}

/** @param {Element} row A row as it is where nothing is chosen. */
function unpick(row) {
  row.querySelector("input")?.remove();
  row.classList.remove("pickable");
}

/**
 * Put a row as it now is in the place of the one that is shown, or first in the list when it is new and nobody's.
 * @param {{number: number, open: boolean, owner: number | null, html: string}} row
 */
function place(row) {
  const holder = document.createElement("ul");
  holder.innerHTML = row.html;
  const fresh = holder.querySelector("li");
  const link = fresh?.querySelector("a");
  if (!fresh || !link) return;
  const shown = rowsIn(document).get(String(row.number));
  if (shown) {
    const old = shown.querySelector("a");
    // The page's own queue and what is chosen in it stay.
    if (old) link.setAttribute("href", old.getAttribute("href") ?? "");
    if (old?.hasAttribute("aria-current")) link.setAttribute("aria-current", "true");
    const box = shown.querySelector("input");
    const newBox = fresh.querySelector("input");
    if (newBox && box) newBox.checked = box.checked;
    if (newBox && !box) unpick(fresh);
    const focused = old === document.activeElement;
    shown.replaceWith(fresh);
    if (focused) link.focus();
    return;
  }
  const list = document.querySelector(".q [data-live-list]");
  if (!list || !row.open || row.owner !== null) return;
  if (!document.querySelector("#flera")) unpick(fresh);
  link.setAttribute("href", (link.getAttribute("href") ?? "").replace("#", `${location.search}#`));
  fresh.classList.add("arrived");
  list.prepend(fresh);
}

/** Bring the marked parts to the state that the server has now. */
async function exact() {
  if (document.hidden) {
    wanted = 1;
    return;
  }
  wanted = 0;
  const asked = Date.now() / 1000 - 1;
  const answer = await fetch(location.href, { headers: { "X-Torget-Live": "1" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const chosen = new Set([...document.querySelectorAll('.q input[name="val"]:checked')].map((box) => /** @type {HTMLInputElement} */ (box).value));
  const held = document.activeElement;
  for (const part of document.querySelectorAll("[data-live]")) {
    const name = part.getAttribute("data-live") ?? "";
    const now = page.querySelector(`[data-live="${CSS.escape(name)}"]`);
    if (!now || busy(part) || part.innerHTML === now.innerHTML) continue;
    const top = part.scrollTop;
    const focused = held && part.contains(held) ? nameOf(held) : "";
    part.replaceWith(document.adoptNode(now));
    now.scrollTop = top;
    // Who goes by the keyboard stays where they were.
    const again = focused ? now.querySelector(focused) : null;
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
    if (name === "thread") seen(page);
  }
  for (const box of document.querySelectorAll('.q input[name="val"]')) {
    if (box instanceof HTMLInputElement && chosen.has(box.value)) box.checked = true;
  }
  since = asked;
}

/** @param {Document} page What is now on the screen is what the answer has seen; the server compares it once more. */
function seen(page) {
  const now = page.querySelector('input[name="seen"]');
  const here = document.querySelector('input[name="seen"]');
  if (now instanceof HTMLInputElement && here instanceof HTMLInputElement && now.value !== here.value) {
    const box = document.querySelector("textarea[data-answer]");
    // Who has begun to write is asked once more by the server: a second answer is worse than a second press.
    if (!(box instanceof HTMLTextAreaElement) || !box.value.trim()) here.value = now.value;
    const says = document.querySelector("[data-live-says]");
    if (says instanceof HTMLElement) says.textContent = says.dataset.moved ?? "";
  }
}

let timer = 0;
/** @param {number} ms */
function exactIn(ms) {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void exact(), ms);
}

/** @param {string} kind @param {string} data */
function hear(kind, data) {
  heard = Date.now();
  if (kind === "reload") {
    exactIn(spread([0, 1500]));
  } else if (kind === "rows") {
    const { rows } = JSON.parse(data);
    rows.reverse().forEach(place);
    const mine = rows.some((/** @type {{number: number}} */ row) => String(row.number) === openNumber());
    exactIn(mine ? 200 : spread(SOON_MS));
  }
}

/** @param {(kind: string, data: string) => void} tell @returns {() => void} closes it */
function listen(tell) {
  const path = location.pathname.startsWith("/en/") ? "/en/disk/strom/" : "/disk/strom/";
  let source = new EventSource(`${path}?sedan=${since}`);
  const attach = () => EVENTS.forEach((kind) => source.addEventListener(kind, (event) => tell(kind, event.data)));
  attach();
  // A line that went dead in a sleeping computer says nothing: after a while without a sign of life it is opened anew.
  const look = window.setInterval(() => {
    if (Date.now() - heard < SILENT_MS && source.readyState !== EventSource.CLOSED) return;
    heard = Date.now();
    source.close();
    source = new EventSource(`${path}?sedan=${since}`);
    attach();
  }, 10_000);
  return () => {
    window.clearInterval(look);
    source.close();
  };
}

function start() {
  // A page that comes back with a refusal stands at an address that only takes what is sent: nothing can be asked of it.
  if (meta instanceof HTMLElement && meta.dataset.at) history.replaceState(null, "", meta.dataset.at);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && wanted) exactIn(0);
  });
  if (!("locks" in navigator) || !("BroadcastChannel" in window)) {
    listen(hear);
    return;
  }
  const others = new BroadcastChannel("torget-desk");
  others.addEventListener("message", ({ data }) => hear(data.kind, data.data));
  void navigator.locks.request("torget-desk", () => {
    const close = listen((kind, data) => {
      others.postMessage({ kind, data });
      hear(kind, data);
    });
    return new Promise((done) => window.addEventListener("pagehide", () => (close(), done(undefined)), { once: true }));
  });
}

if (meta && document.querySelector(".panes")) start();

export {};
