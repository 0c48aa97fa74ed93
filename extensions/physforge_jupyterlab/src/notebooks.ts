/**
 * Code for notebooks: lines that open data and results, and where they are put.
 */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notebook, NotebookActions, NotebookPanel, type INotebookTracker } from '@jupyterlab/notebook';

const IMPORT = 'import physforge as pf';

/** A string of Python: every escape of JSON is one of Python too. */
const quoted = (text: string): string => JSON.stringify(text);

export const lineForData = (name: string): string => `ds = pf.open_dataset(${quoted(name)})`;

export const lineForResult = (job: string): string => `result = pf.Workspace().job(${quoted(job)}).result()`;

/** The line, after the import of PhysForge if the notebook has none. */
function withImport(notebook: Notebook, line: string): string {
  const cells = [...(notebook.model?.cells ?? [])];
  const pattern = /^\s*import physforge as pf\b/m;
  return cells.some(cell => pattern.test(cell.sharedModel.getSource())) ? line : `${IMPORT}\n\n${line}`;
}

/** The notebook that code goes to: the one that was used last. */
export class Notebooks {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly tracker: INotebookTracker
  ) {}

  get current(): NotebookPanel | null {
    return this.tracker.currentWidget;
  }

  /** Put a line into the active cell if that is empty, or else into a new one below; without a notebook into a new one. */
  async insert(line: string): Promise<void> {
    const panel = this.current;
    if (!panel) {
      await this.create(`${IMPORT}\n\n${line}`);
      return;
    }
    this.app.shell.activateById(panel.id);
    this.fill(panel.content, withImport(panel.content, line));
  }

  /** Make a notebook whose first cell holds `source`. */
  async create(source = `${IMPORT}\n`): Promise<void> {
    const panel: NotebookPanel | undefined = await this.app.commands.execute('notebook:create-new', {
      kernelName: 'python3',
      activate: true
    });
    if (panel instanceof NotebookPanel) {
      await panel.context.ready;
      this.fill(panel.content, source);
    }
  }

  /** Add a cell at the end of the current notebook, run it, and return it. */
  async runAtEnd(source: string): Promise<{ ran: boolean; printed: string; panel: NotebookPanel } | null> {
    const panel = this.current;
    if (!panel || panel.content.widgets.length === 0) {
      return null;
    }
    this.app.shell.activateById(panel.id);
    const notebook = panel.content;
    notebook.activeCellIndex = notebook.widgets.length - 1;
    notebook.deselectAll();
    NotebookActions.insertBelow(notebook);
    const cell = notebook.activeCell;
    cell?.model.sharedModel.setSource(source);
    const ran = await NotebookActions.run(notebook, panel.sessionContext);
    const outputs = (cell?.model.sharedModel.toJSON() as any)?.outputs ?? [];
    const printed = outputs
      .filter((one: any) => one.output_type === 'stream' && one.name === 'stdout')
      .map((one: any) => (Array.isArray(one.text) ? one.text.join('') : one.text))
      .join('');
    return { ran, printed, panel };
  }

  /** Take what is dragged from the sidebar: as a line of the cell on which it is dropped, or as a cell of its own. */
  acceptDrops(type: string, lineFor: (dragged: string) => string): void {
    const notebookAt = (event: DragEvent): Notebook | undefined => {
      const isOurs = event.dataTransfer?.types.includes(type);
      const target = event.target instanceof Node ? event.target : null;
      return isOurs ? this.tracker.find(one => one.content.node.contains(target))?.content : undefined;
    };
    document.addEventListener('dragover', event => {
      if (notebookAt(event)) {
        event.preventDefault();
      }
    });
    // Before editors, which would put the text into the middle of a word.
    document.addEventListener(
      'drop',
      event => {
        const notebook = notebookAt(event);
        if (notebook) {
          event.preventDefault();
          event.stopPropagation();
          this.drop(notebook, event, lineFor(event.dataTransfer?.getData(type) ?? ''));
        }
      },
      true
    );
  }

  private drop(notebook: Notebook, event: DragEvent, line: string): void {
    const cells = notebook.widgets;
    const below = cells.findIndex(cell => event.clientY < cell.node.getBoundingClientRect().bottom);
    notebook.activeCellIndex = below < 0 ? cells.length - 1 : below;
    const cell = notebook.activeCell;
    const isInEditor = event.target instanceof Element && event.target.closest('.cm-editor') !== null;
    const source = cell?.model.sharedModel.getSource() ?? '';
    if (!cell || !isInEditor || !source.trim()) {
      this.fill(notebook, withImport(notebook, line));
      return;
    }
    const { clientX: left, clientY: top } = event;
    const at = cell.editor?.getPositionForCoordinate({ left, top, right: left, bottom: top });
    const lines = source.split('\n');
    lines.splice((at?.line ?? lines.length) + 1, 0, line);
    cell.model.sharedModel.setSource(lines.join('\n'));
    notebook.activate();
  }

  private fill(notebook: Notebook, source: string): void {
    const active = notebook.activeCell;
    if (active?.model.type !== 'code' || active.model.sharedModel.getSource().trim() !== '') {
      NotebookActions.insertBelow(notebook);
    }
    notebook.activeCell?.model.sharedModel.setSource(source);
    notebook.activate();
  }
}
