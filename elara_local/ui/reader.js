// The page or the text that a source was taken from, in a dialog over the window.
// What is shown comes from one route as JSON and is set as text, never as markup.
(() => {
  "use strict";
  const make = (name, kind, text) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    if (text) made.textContent = text;
    return made;
  };
  let dialog;
  let busy = false;

  const step = (text, query, page) => {
    const button = make("button", "step", text);
    button.type = "button";
    button.disabled = page < 1;
    button.addEventListener("click", () => {
      query.set("page", page);
      open(query);
    });
    return button;
  };

  const fill = (told, query) => {
    const title = make("h2", "", told.heading);
    title.id = "reading-title";
    title.tabIndex = -1;
    const close = make("button", "step shut", told.words.close);
    close.type = "button";
    close.addEventListener("click", () => dialog.close());
    const bar = make("div", "bar");
    if (told.page) {
      const next = step(told.words.next, query, told.page + 1);
      next.disabled = told.page >= told.pages;
      bar.append(step(told.words.previous, query, told.page - 1), next);
    }
    bar.append(close);
    const parts = [title, make("p", "quiet", told.place)];
    if (told.note) parts.push(make("p", "note", told.note));
    if (told.picture) {
      const picture = make("img");
      picture.alt = told.alt;
      picture.src = told.picture;
      parts.push(picture);
    } else if (told.quote !== undefined) {
      const text = make("blockquote", "", told.before);
      text.append(make("mark", "", told.quote), told.after);
      parts.push(text);
    }
    dialog.replaceChildren(bar, ...parts);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    title.focus();
    const mark = dialog.querySelector("mark");
    if (mark) mark.scrollIntoView({ block: "center" });
  };

  const open = async (query) => {
    const answer = await fetch("/reading?" + query, { cache: "no-store" });
    if (answer.ok) fill(await answer.json(), query);
  };

  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target.closest("button.opener") : null;
    if (!at || busy) return;
    if (!dialog) {
      dialog = make("dialog", "reading");
      dialog.setAttribute("aria-labelledby", "reading-title");
      // Escape closes the page that is shown; it does not stop the answer behind it.
      dialog.addEventListener("keydown", (key) => key.stopPropagation());
      document.body.append(dialog);
    }
    busy = true;
    open(new URLSearchParams(at.value)).finally(() => {
      busy = false;
    });
  });
})();
