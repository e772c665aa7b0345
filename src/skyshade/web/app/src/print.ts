// Printing the page prints the picture: title, map, legend and sources on one sheet.

import { h } from "./dom";
import type { MapView } from "./map";
import type { Model } from "./model";
import { pictureOf, usualTitle } from "./picture";

export function printable(model: Model, map: MapView, headline: () => string, bordersNote: string) {
  const sheet = h("div", { id: "print", "aria-hidden": "true" });
  document.body.append(sheet);
  window.addEventListener("beforeprint", () => {
    const words = { title: usualTitle(model), headline: headline(), short: false, bordersNote };
    sheet.replaceChildren(pictureOf(model, map, words));
  });
  window.addEventListener("afterprint", () => sheet.replaceChildren());
}
