/**
 * A part of the sidebar.
 */

import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { element, say } from './elements';

export abstract class Section extends Widget {
  constructor(label: string) {
    super();
    this.title.label = label;
    this.addClass('pf-section');
    this.node.append(this.head, this.said, this.body);
  }

  /** Say why there is nothing to see, or nothing. */
  protected explain(words: string, isTrouble = false): void {
    say(this.said, words);
    this.said.classList.toggle('pf-trouble', isTrouble);
  }

  /** Whether somebody sees the section. */
  protected abstract seen(isSeen: boolean): void;

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.tell();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.tell();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.tell();
  }

  private tell(): void {
    if (this.isVisible !== this.wasSeen) {
      this.wasSeen = this.isVisible;
      this.seen(this.isVisible);
    }
  }

  protected readonly head = element('div', { class: 'pf-head' });
  protected readonly said = element('p', { class: 'pf-said', role: 'status', hidden: true });
  protected readonly body = element('div', { class: 'pf-body' });
  private wasSeen = false;
}
