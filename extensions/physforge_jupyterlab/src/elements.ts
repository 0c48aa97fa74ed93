/**
 * Elements of a page. Whatever is said in them is text: no name, title or log becomes HTML.
 */

type Attributes = { [name: string]: string | number | boolean };

/** Make an element; an attribute that is false is left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) {
      made.setAttribute(name, value === true ? '' : String(value));
    }
  }
  // Strings become text nodes.
  made.append(...children);
  return made;
}

/** Make a button in Lab's look. */
export function button(text: string, act: () => void, label?: string): HTMLButtonElement {
  const made = element('button', { type: 'button', class: 'jp-Button jp-mod-styled jp-mod-minimal pf-button' }, text);
  if (label) {
    made.setAttribute('aria-label', label);
    made.title = label;
  }
  made.addEventListener('click', act);
  return made;
}

/** Rows that stay the same elements while what they show changes: focus and what is typed survive. */
export class Rows<T> {
  constructor(
    readonly list: HTMLElement,
    private readonly keyOf: (item: T) => string,
    private readonly make: (item: T) => IRow<T>
  ) {}

  show(items: readonly T[]): void {
    const keys = items.map(this.keyOf);
    const wanted = new Set(keys);
    for (const [key, row] of this.rows) {
      if (!wanted.has(key)) {
        row.node.remove();
        this.rows.delete(key);
      }
    }
    items.forEach((item, place) => {
      const key = keys[place] as string;
      let row = this.rows.get(key);
      if (!row) {
        row = this.make(item);
        this.rows.set(key, row);
      }
      row.update(item);
      if (this.list.children[place] !== row.node) {
        this.list.insertBefore(row.node, this.list.children[place] ?? null);
      }
    });
  }

  private readonly rows = new Map<string, IRow<T>>();
}

export interface IRow<T> {
  node: HTMLElement;
  update(item: T): void;
}

/** Set a text, and leave the element alone if it says so already. */
export function say(node: HTMLElement, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
  node.hidden = text === '';
}

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
