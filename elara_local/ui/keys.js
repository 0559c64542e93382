// Keys, looks and announcements of the window. No library, no storage, nothing fetched.
// It is written into the page's head, so that no event of the page needs js= (and no eval).
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);
  const press = (selector) => {
    const button = find(selector);
    if (button && !button.disabled) button.click();
  };

  // Looks: the system's, unless one was chosen in the settings or with the button.
  const body = () => document.body.classList;
  const dress = (dark) => body().toggle("dark", dark);
  const chosen = () => ({ light: false, dark: true })[window.elaraLook];
  const sizes = ["", "larger", "largest"];
  const grow = () => {
    const root = document.documentElement.classList;
    const now = sizes.findIndex((size) => size && root.contains(size));
    sizes.forEach((size) => size && root.remove(size));
    const next = sizes[(Math.max(now, 0) + 1) % sizes.length];
    if (next) root.add(next);
  };

  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target : null;
    if (!at) return;
    if (at.closest("#theme")) {
      const dark = !body().contains("dark");
      window.elaraLook = dark ? "dark" : "light";
      dress(dark);
    } else if (at.closest("#larger")) {
      grow();
    } else if (at.closest("a.cite")) {
      event.preventDefault();
      show(at.closest("a.cite").getAttribute("href").slice(1));
    }
  });

  // A mark such as [1] leads to its source, and the source shows that it was meant.
  const show = (id) => {
    const source = document.getElementById(id);
    if (!source) return;
    document.querySelectorAll(".meant").forEach((other) => other.classList.remove("meant"));
    source.classList.add("meant");
    source.focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    source.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") press("#stop");
    const at = event.target instanceof Element ? event.target : null;
    if (event.key === "Enter" && at && at.matches("#files button")) {
      event.preventDefault(); // Gradio's drop zone opens with the space bar alone
      at.click();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      press("#ask");
    }
  });

  // The language of the page follows the radio buttons, for screen readers and hyphenation.
  document.addEventListener("change", (event) => {
    const at = event.target;
    if (at instanceof HTMLInputElement && at.closest("#language")) {
      document.documentElement.lang = at.value;
    }
  });

  // One announcement for each answer, and one for an alarm; never the growing text.
  const region = (role) => {
    const made = document.createElement("div");
    made.setAttribute("role", role);
    made.className = "only-read";
    document.body.append(made);
    return made;
  };
  const tell = (panel, selector, out, then) => {
    let told = "";
    const look = () => {
      const found = panel.querySelector(selector);
      const text = found ? found.textContent : "";
      if (text === told) return;
      told = text;
      out.textContent = text;
      if (text && then) then(found);
    };
    new MutationObserver(look).observe(panel, { childList: true, subtree: true });
  };
  // Gradio names its drop zone in English; the zone's own label is in the chosen language.
  const name = () => {
    const zone = find("#files button"), label = find("#files [data-testid=block-label]");
    if (zone && label) zone.setAttribute("aria-label", label.textContent.trim());
  };
  // The report of the library, once its tab has been made.
  let heard = null;
  const listen = () => {
    const report = find("#report");
    if (!report || report === heard) return;
    heard = report;
    tell(report, ".outcome", region("status"));
  };
  // Gradio's radio buttons have no group: give them a name and one stop for the Tab key.
  const group = () => {
    name();
    listen();
    document.querySelectorAll("fieldset[id]").forEach((set) => {
      const title = set.querySelector("[data-testid=block-info]");
      set.setAttribute("role", "radiogroup");
      if (title) set.setAttribute("aria-label", title.textContent.trim());
      set.querySelectorAll("input[type=radio]").forEach((radio) => {
        if (radio.name !== set.id) radio.name = set.id;
      });
    });
  };
  const begin = () => {
    const banner = find("#banner"), stage = find("#stage"), found = find("#tabs");
    if (!banner || !stage || !found) return false;
    if (chosen() !== undefined) dress(chosen());
    group();
    new MutationObserver(group).observe(document.querySelector("main"), {
      childList: true, subtree: true, characterData: true,
    });
    const calm = region("status");
    tell(stage, ".outcome", calm);
    // On a small screen the answer begins below the edge: bring its first line into view.
    const line = document.createElement("div");
    tell(stage, ".working", line, (found) => found.scrollIntoView({ block: "nearest" }));
    tell(banner, ".alarm", region("alert"), (alarm) => alarm.scrollIntoView({ block: "start" }));
    return true;
  };
  const wait = new MutationObserver(() => begin() && wait.disconnect());
  wait.observe(document.documentElement, { childList: true, subtree: true });
})();
