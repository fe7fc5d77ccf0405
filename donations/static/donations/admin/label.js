/* Shows, while a pledge is edited, the label as shoppers would read it.

   The server renders it from the form as it is typed; this file only asks and shows.
   Without it the label is that of the draft as it was last saved. */
"use strict";

(() => {
  const PAUSE = 400; // Milliseconds without a key before the server is asked.
  const box = document.getElementById("label-preview");
  if (!box) {
    return;
  }
  const form = box.closest("form");
  const shown = document.getElementById("label-shown");
  let timer = 0;
  let question = new AbortController();

  async function ask() {
    question.abort();
    question = new AbortController();
    const request = {
      method: "POST",
      body: new FormData(form),
      signal: question.signal,
    };
    try {
      const response = await fetch(box.dataset.preview, request);
      if (response.ok) {
        const page = new DOMParser().parseFromString(
          await response.text(),
          "text/html",
        );
        shown.replaceChildren(...page.body.childNodes);
      }
    } catch (error) {
      // A newer question took this one's place, or the network is away: the last
      // answer stays until the next key.
      if (error.name !== "AbortError" && !(error instanceof TypeError)) {
        throw error;
      }
    }
  }

  function askSoon() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  for (const event of ["input", "change", "formset:added", "formset:removed"]) {
    document.addEventListener(event, askSoon);
  }
})();
