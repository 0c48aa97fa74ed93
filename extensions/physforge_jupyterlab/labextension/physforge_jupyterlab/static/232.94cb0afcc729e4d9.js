"use strict";(self.rspackChunkphysforge_jupyterlab=self.rspackChunkphysforge_jupyterlab||[]).push([[232],{475(e,o,r){var t=r(601),n=r.n(t),a=r(314),i=(r.n(a))()(n());i.push([e.id,`.pf-section {
  display: flex;
  flex-direction: column;
  min-height: 60px;
  color: var(--jp-ui-font-color1);
  background: var(--jp-layout-color1);
  font-size: var(--jp-ui-font-size1);
}

.pf-stroke {
  fill: none !important;
  stroke: var(--jp-inverse-layout-color3);
}

.pf-head {
  display: flex;
  flex: none;
  gap: 4px;
  align-items: center;
  padding: 4px 8px;
}

.pf-head:empty {
  display: none;
}

.pf-section .pf-filter {
  flex: 1;
  min-width: 60px;
  height: 24px;
  padding: 0 6px;
  color: var(--jp-ui-font-color1);
  background: var(--jp-input-background);
  font-size: var(--jp-ui-font-size1);
  border: 1px solid var(--jp-input-border-color);
}

.pf-said {
  flex: none;
  margin: 0;
  padding: 4px 12px;
  color: var(--jp-ui-font-color1);
  overflow-wrap: anywhere;
}

.pf-trouble {
  border-left: 3px solid var(--jp-error-color1);
}

.pf-body {
  flex: 1;
  min-height: 0;
  overflow-y: auto;
}

.pf-list {
  margin: 0;
  padding: 0;
  list-style: none;
}

.pf-row {
  padding: 4px 12px;
  border-bottom: 1px solid var(--jp-border-color2);
}

.pf-option {
  display: grid;
  grid-template-columns: 1fr auto;
  column-gap: 8px;
  cursor: grab;
}

.pf-option:hover {
  background: var(--jp-layout-color2);
}

.pf-option[aria-selected='true'] {
  background: var(--jp-layout-color3);
}

.pf-option:focus-visible,
.pf-title:focus-visible,
.pf-link:focus-visible,
.pf-button:focus-visible,
.pf-filter:focus-visible,
.pf-workers:focus-visible,
.pf-log:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: -2px;
}

.pf-name {
  font-weight: 600;
  overflow-wrap: anywhere;
}

.pf-dims {
  font-family: var(--jp-code-font-family);
}

.pf-detail {
  grid-column: 1 / -1;
  overflow-wrap: anywhere;
}

.pf-line {
  display: flex;
  flex-wrap: wrap;
  gap: 4px 8px;
  align-items: center;
  justify-content: space-between;
}

.pf-title {
  padding: 2px 0;
  border: 0;
  color: var(--jp-content-link-color);
  background: none;
  font: inherit;
  font-weight: 600;
  text-align: left;
  overflow-wrap: anywhere;
  cursor: pointer;
}

.pf-title:hover {
  text-decoration: underline;
}

.pf-state {
  flex: 1;
  min-width: 60px;
  overflow-wrap: anywhere;
}

.pf-job[data-state='failed'] {
  border-left: 3px solid var(--jp-error-color1);
  padding-left: 9px;
}

.pf-progress {
  display: block;
  width: 100%;
  height: 6px;
  accent-color: var(--jp-brand-color1);
}

.pf-progress[hidden],
.pf-button[hidden],
.pf-section .pf-link[hidden],
.pf-said[hidden] {
  display: none;
}

.pf-button.jp-Button {
  height: 24px;
  min-height: 24px;
  padding: 0 8px;
  line-height: 22px;
  letter-spacing: normal;
  color: var(--jp-ui-font-color1);
  border: 1px solid var(--jp-border-color1);
}

.pf-button:disabled {
  opacity: 0.5;
}

.pf-section .pf-link {
  color: var(--jp-content-link-color);
  text-decoration: underline;
}

.pf-scale {
  display: flex;
  gap: 4px;
}

.pf-section .pf-workers {
  font-size: var(--jp-ui-font-size1);
  width: 56px;
  height: 24px;
  color: var(--jp-ui-font-color1);
  background: var(--jp-input-background);
  border: 1px solid var(--jp-input-border-color);
}

.pf-job-view {
  display: flex;
  flex-direction: column;
  gap: 8px;
  padding: 12px;
  color: var(--jp-ui-font-color1);
}

.pf-job-view h1 {
  margin: 0;
  font-size: var(--jp-ui-font-size3);
  overflow-wrap: anywhere;
}

.pf-log {
  flex: 1;
  min-height: 0;
  margin: 0;
  padding: 8px;
  overflow: auto;
  color: var(--jp-content-font-color1);
  background: var(--jp-layout-color2);
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
`,""]),r.d(o,{},{A:i})},314(e){e.exports=function(e){var o=[];return o.toString=function(){return this.map(function(o){var r="",t=void 0!==o[5];return o[4]&&(r+="@supports (".concat(o[4],") {")),o[2]&&(r+="@media ".concat(o[2]," {")),t&&(r+="@layer".concat(o[5].length>0?" ".concat(o[5]):""," {")),r+=e(o),t&&(r+="}"),o[2]&&(r+="}"),o[4]&&(r+="}"),r}).join("")},o.i=function(e,r,t,n,a){"string"==typeof e&&(e=[[null,e,void 0]]);var i={};if(t)for(var p=0;p<this.length;p++){var l=this[p][0];null!=l&&(i[l]=!0)}for(var c=0;c<e.length;c++){var s=[].concat(e[c]);t&&i[s[0]]||(void 0!==a&&(void 0===s[5]||(s[1]="@layer".concat(s[5].length>0?" ".concat(s[5]):""," {").concat(s[1],"}")),s[5]=a),r&&(s[2]&&(s[1]="@media ".concat(s[2]," {").concat(s[1],"}")),s[2]=r),n&&(s[4]?(s[1]="@supports (".concat(s[4],") {").concat(s[1],"}"),s[4]=n):s[4]="".concat(n)),o.push(s))}},o}},601(e){e.exports=function(e){return e[1]}},72(e){var o=[];function r(e){for(var r=-1,t=0;t<o.length;t++)if(o[t].identifier===e){r=t;break}return r}function t(e,t){for(var n={},a=[],i=0;i<e.length;i++){var p=e[i],l=t.base?p[0]+t.base:p[0],c=n[l]||0,s="".concat(l," ").concat(c);n[l]=c+1;var f=r(s),d={css:p[1],media:p[2],sourceMap:p[3],supports:p[4],layer:p[5]};if(-1!==f)o[f].references++,o[f].updater(d);else{var u=function(e,o){var r=o.domAPI(o);return r.update(e),function(o){o?(o.css!==e.css||o.media!==e.media||o.sourceMap!==e.sourceMap||o.supports!==e.supports||o.layer!==e.layer)&&r.update(e=o):r.remove()}}(d,t);t.byIndex=i,o.splice(i,0,{identifier:s,updater:u,references:1})}a.push(s)}return a}e.exports=function(e,n){var a=t(e=e||[],n=n||{});return function(e){e=e||[];for(var i=0;i<a.length;i++){var p=r(a[i]);o[p].references--}for(var l=t(e,n),c=0;c<a.length;c++){var s=r(a[c]);0===o[s].references&&(o[s].updater(),o.splice(s,1))}a=l}}},659(e){var o={};e.exports=function(e,r){var t=function(e){if(void 0===o[e]){var r=document.querySelector(e);if(window.HTMLIFrameElement&&r instanceof window.HTMLIFrameElement)try{r=r.contentDocument.head}catch(e){r=null}o[e]=r}return o[e]}(e);if(!t)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");t.appendChild(r)}},540(e){e.exports=function(e){var o=document.createElement("style");return e.setAttributes(o,e.attributes),e.insert(o,e.options),o}},56(e,o,r){e.exports=function(e){var o=r.nc;o&&e.setAttribute("nonce",o)}},825(e){e.exports=function(e){if("u"<typeof document)return{update:function(){},remove:function(){}};var o=e.insertStyleElement(e);return{update:function(r){var t,n,a;t="",r.supports&&(t+="@supports (".concat(r.supports,") {")),r.media&&(t+="@media ".concat(r.media," {")),(n=void 0!==r.layer)&&(t+="@layer".concat(r.layer.length>0?" ".concat(r.layer):""," {")),t+=r.css,n&&(t+="}"),r.media&&(t+="}"),r.supports&&(t+="}"),(a=r.sourceMap)&&"u">typeof btoa&&(t+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(a))))," */")),e.styleTagTransform(t,o,e.options)},remove:function(){var e;null===(e=o).parentNode||e.parentNode.removeChild(e)}}}},113(e){e.exports=function(e,o){if(o.styleSheet)o.styleSheet.cssText=e;else{for(;o.firstChild;)o.removeChild(o.firstChild);o.appendChild(document.createTextNode(e))}}},579(e,o,r){var t=r(72),n=r.n(t),a=r(825),i=r.n(a),p=r(659),l=r.n(p),c=r(56),s=r.n(c),f=r(540),d=r.n(f),u=r(113),v=r.n(u),h=r(475),g={};g.styleTagTransform=v(),g.setAttributes=s(),g.insert=l().bind(null,"head"),g.domAPI=i(),g.insertStyleElement=d(),n()(h.A,g),h.A&&h.A.locals&&h.A.locals}}]);