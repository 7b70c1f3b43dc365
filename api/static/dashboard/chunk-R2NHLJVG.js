import{l as e}from"./chunk-YY7F2PJX.js";var r=t=>e`<dl class="tiles">
  ${t.map(({name:l,figure:d,note:s})=>e`<div class="tile">
    <dt>${l}</dt><dd>${d}</dd><dd class="note">${s}</dd>
  </div>`)}
</dl>`;export{r as a};
//# sourceMappingURL=chunk-R2NHLJVG.js.map
