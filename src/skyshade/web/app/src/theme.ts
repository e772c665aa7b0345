// Light or dark: as the reader's system has it, unless they chose.

import { select } from "./dom";
import { drawDark, isDark } from "./palette";

const KEPT = "skyshade.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
type Choice = "auto" | "light" | "dark";

const chosen = (): Choice => {
  try {
    const kept = localStorage.getItem(KEPT);
    return kept === "light" || kept === "dark" ? kept : "auto";
  } catch {
    return "auto"; // a page from a disk may not remember
  }
};

let choice = chosen();

/** Give the page the colours that hold; true if that changed what the map is drawn with. */
export function applyTheme(): boolean {
  const dark = choice === "dark" || (choice === "auto" && system.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  if (dark === isDark()) return false;
  drawDark(dark);
  return true;
}

/** The switch; `changed` draws the map anew. */
export function themeSwitch(changed: () => void): HTMLElement {
  const apply = () => applyTheme() && changed();
  system.addEventListener("change", apply);
  const options: [Choice, string][] = [
    ["auto", "as the system"],
    ["light", "light"],
    ["dark", "dark"],
  ];
  return select("Colours", options, choice, (value) => {
    choice = value as Choice;
    try {
      localStorage.setItem(KEPT, choice);
    } catch {
      // it holds until the page is closed
    }
    apply();
  });
}
