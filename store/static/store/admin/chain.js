/* Asks the server, while a piece is edited, what keeps it from being sold.

   The rule and its words live on the server alone; this file only sends the form as
   it is typed, without its files, and shows the answer. Without it the line tells
   what was missing when the page was made. */
"use strict";

(() => {
  const PAUSE = 400; // Milliseconds without a key before the server is asked.
  const box = document.getElementById("chain");
  if (!box) {
    return;
  }
  const form = box.closest("form");
  const answer = document.getElementById("chain-answer");
  let timer = 0;
  let question = new AbortController();

  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function show(missing) {
    const parts = [element("p", missing.length ? box.dataset.no : box.dataset.yes)];
    if (missing.length) {
      const list = document.createElement("ul");
      list.append(...missing.map((sentence) => element("li", sentence)));
      parts.push(list);
    }
    answer.replaceChildren(...parts);
  }

  // A file's name stands for the file: that there is one is all that matters here.
  function typed() {
    const data = new FormData();
    for (const [name, value] of new FormData(form)) {
      data.append(name, value instanceof File ? value.name : value);
    }
    return data;
  }

  async function ask() {
    question.abort();
    question = new AbortController();
    const request = { method: "POST", body: typed(), signal: question.signal };
    try {
      const response = await fetch(box.dataset.check, request);
      if (response.ok) {
        show((await response.json()).missing);
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
