import { LabIcon } from '@jupyterlab/ui-components';

/** A travelling wave, and the line that was fitted to it. */
export const physforgeIcon = new LabIcon({
  name: 'physforge:wave',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="none" stroke="#616161" stroke-width="2" stroke-linecap="round">
    <path class="jp-icon3 pf-stroke" d="M3 14c3-12 6-12 9-2s6 10 9-2"/>
    <path class="jp-icon3 pf-stroke" d="M3 21h18"/>
  </g>
</svg>`
});
