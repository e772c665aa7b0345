// A few words for someone who is here for the first time.

import { h } from "./dom";

const SEEN = "skyshade.hint";

export function hint(live: boolean): HTMLElement | null {
  try {
    if (localStorage.getItem(SEEN)) return null;
  } catch {
    return null; // a page from a disk may not remember, and should not say it every time
  }
  const box = h(
    "section",
    { class: "hint", "aria-label": "How to read this map", "data-testid": "hint" },
    h(
      "p",
      {},
      h("strong", {}, "The black circles are what newspapers draw."),
      " The colour inside them is what is left of the circle once hills and the Earth's curve stand in the way.",
    ),
    h(
      "p",
      {},
      "Slide the altitude: who flies low is hidden. ",
      live ? "Drag a black dot: the sky it covers moves with it. " : "",
      "Every underlined number opens its source.",
    ),
    h(
      "button",
      {
        type: "button",
        onclick: () => {
          box.remove();
          try {
            localStorage.setItem(SEEN, "1");
          } catch {
            // it will be said again
          }
        },
      },
      "Got it",
    ),
  );
  return box;
}
