// Elements in one call; text is always text, never markup.

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | EventListener | undefined>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

function fill(element: Element, attributes: Attributes, children: Child[]) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(
    ...children
      .filter((c) => c !== null && c !== undefined && c !== false)
      .map((c) => (c instanceof Node ? c : String(c))),
  );
}

/** One clear sentence to the reader; a next one takes its place. One that asks for something is
 * closed with `stop`, which asks no longer. */
export function alertReader(message: string | null, stop?: () => void) {
  const box = document.getElementById("alerts")!;
  const close = () => {
    alertReader(null);
    stop?.();
  };
  box.replaceChildren(
    ...(message
      ? [
          h("p", {}, message),
          h("button", { type: "button", onclick: close }, stop ? "Stop" : "Close"),
        ]
      : []),
  );
}

/** A section of the panel, open or closed. */
export function section(title: string, open: boolean, ...children: Child[]): HTMLDetailsElement {
  return h(
    "details",
    { open, class: "section" },
    h("summary", {}, h("h2", {}, title)),
    ...children,
  );
}

export function select(
  label: string,
  options: [string, string][],
  value: string,
  change: (value: string) => void,
): HTMLLabelElement {
  const box = h("select", {
    onchange: (e: Event) => change((e.target as HTMLSelectElement).value),
  });
  for (const [id, text] of options) box.append(h("option", { value: id }, text));
  box.value = value;
  return h("label", {}, h("span", {}, label), box);
}
