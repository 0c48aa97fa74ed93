/**
 * Data sets: the user's own and shared ones, and the catalog. One is put into a notebook by
 * dragging it there, by Enter, or by the button.
 */

import { button, element, wordsOf } from './elements';
import { lineForData, type Notebooks } from './notebooks';
import { Section } from './section';
import { getData, type IDataEntry } from './server';

/** Marks what is dragged from here. */
export const DRAGGED = 'application/x-physforge-data';

export class DataSection extends Section {
  constructor(private readonly notebooks: Notebooks) {
    super('Data');
    this.filter.addEventListener('input', () => this.draw());
    this.list.addEventListener('keydown', event => this.onKey(event));
    this.insertButton.disabled = true;
    this.head.append(this.filter, this.insertButton, button('Reload', () => void this.load(), 'Load the list of data sets again'));
    this.body.append(this.list);
  }

  /** Ask for the list again. */
  async load(): Promise<void> {
    this.explain(this.entries.length ? '' : 'Looking for data sets ...');
    try {
      this.entries = await getData();
      this.explain('');
      this.draw();
    } catch (error) {
      this.explain(wordsOf(error), true);
    }
  }

  /** Put the chosen entry into a notebook. */
  async insert(): Promise<void> {
    if (this.chosen !== null) {
      await this.notebooks.insert(lineForData(this.chosen));
    }
  }

  focusFilter(): void {
    this.filter.focus();
  }

  protected seen(isSeen: boolean): void {
    if (isSeen) {
      void this.load();
    }
  }

  private draw(): void {
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.entries.filter(entry => {
      const text = [entry.name, entry.title, ...entry.dims, ...entry.fields].join(' ').toLowerCase();
      return words.every(word => text.includes(word));
    });
    const options = found.map(entry => this.option(entry));
    // A list that is loaded again leaves whoever walks through it where they were.
    const isWalked = this.list.contains(document.activeElement);
    this.list.replaceChildren(...options);
    this.choose(options.find(option => option.dataset.name === this.chosen) ?? null, isWalked);
    if (this.chosen === null && options[0]) {
      options[0].tabIndex = 0; // the way into the list
    }
    this.explain(found.length ? '' : this.entries.length ? 'No data set mentions this.' : 'There are no data sets.');
  }

  private option(entry: IDataEntry): HTMLElement {
    const dims = entry.dims.length ? entry.dims.join(', ') : '';
    const made = element(
      'li',
      { role: 'option', class: 'pf-row pf-option', tabindex: -1, draggable: 'true', 'aria-selected': 'false' },
      element('span', { class: 'pf-name' }, entry.name),
      element('span', { class: 'pf-dims' }, dims),
      element('span', { class: 'pf-detail' }, entry.own ? `${entry.title} (stored)` : entry.title)
    );
    made.dataset.name = entry.name;
    made.title = `${entry.title}\nDrag it into a notebook, or press Enter: ${lineForData(entry.name)}`;
    made.addEventListener('click', () => this.choose(made, true));
    made.addEventListener('dblclick', () => void this.insert());
    made.addEventListener('dragstart', event => {
      event.dataTransfer?.setData('text/plain', lineForData(entry.name));
      event.dataTransfer?.setData(DRAGGED, entry.name);
    });
    return made;
  }

  private choose(option: HTMLElement | null, isFocused = false): void {
    for (const one of this.list.children as Iterable<HTMLElement>) {
      const isChosen = one === option;
      one.setAttribute('aria-selected', String(isChosen));
      one.tabIndex = isChosen ? 0 : -1;
    }
    this.chosen = option?.dataset.name ?? null;
    this.insertButton.disabled = option === null;
    if (isFocused) {
      option?.focus();
    }
  }

  private onKey(event: KeyboardEvent): void {
    const options = [...this.list.children] as HTMLElement[];
    const place = options.indexOf(event.target as HTMLElement);
    const last = options.length - 1;
    const next: { [key: string]: number } = {
      ArrowDown: Math.min(place + 1, last),
      ArrowUp: Math.max(place - 1, 0),
      Home: 0,
      End: last,
      ' ': place,
      Enter: place
    };
    const target = options[next[event.key] ?? -1];
    if (target) {
      event.preventDefault();
      this.choose(target, true);
      if (event.key === 'Enter') {
        void this.insert();
      }
    }
  }

  private readonly filter = element('input', {
    type: 'search',
    class: 'jp-mod-styled pf-filter',
    placeholder: 'Filter',
    'aria-label': 'Filter data sets'
  });
  private readonly insertButton = button('Insert', () => void this.insert(), 'Put the chosen data set into the notebook');
  private readonly list = element('ul', { class: 'pf-list', role: 'listbox', 'aria-label': 'Data sets' });
  private entries: IDataEntry[] = [];
  private chosen: string | null = null;
}
