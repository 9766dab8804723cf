/** Colours for light and dark; the drawing paints its own ground, so that it can be read wherever it is put. */
export const SVG_STYLE = `
.breakwater{--ground:#ffffff;--text:#1f2328;--muted:#57606a;--line:#57606a;--box:#f6f8fa;--edge:#8c959f;--source:#ddf4ff;--source-edge:#0969da;--queue:#f3ecff;--queue-edge:#8250df;--store:#dafbe1;--store-edge:#1a7f37;--parking:#fff4d6;--parking-edge:#9a6700;--lost:#ffebe9;--lost-edge:#cf222e}
@media (prefers-color-scheme:dark){.breakwater{--ground:#0d1117;--text:#e6edf3;--muted:#9198a1;--line:#9198a1;--box:#161b22;--edge:#656c76;--source:#0c2d4d;--source-edge:#4493f8;--queue:#271c40;--queue-edge:#ab7df8;--store:#0f2d1a;--store-edge:#3fb950;--parking:#3a2a05;--parking-edge:#d29922;--lost:#3d1214;--lost-edge:#f85149}}
@media print{.breakwater{--ground:#ffffff;--text:#1f2328;--muted:#57606a;--line:#57606a;--box:#ffffff;--edge:#8c959f;--source:#ffffff;--source-edge:#0969da;--queue:#ffffff;--queue-edge:#8250df;--store:#ffffff;--store-edge:#1a7f37;--parking:#ffffff;--parking-edge:#9a6700;--lost:#ffffff;--lost-edge:#cf222e}}
.breakwater text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--text);text-anchor:middle;dominant-baseline:central}
.breakwater .ground{fill:var(--ground)}
.breakwater .caption,.breakwater .note,.breakwater .label,.breakwater .legend{fill:var(--muted)}
.breakwater .name{font-weight:600}
.breakwater .legend{text-anchor:start}
.breakwater .figure .shape{fill:var(--box);stroke:var(--edge);stroke-width:1.25}
.breakwater .source .shape,.breakwater .caller .shape{fill:var(--source);stroke:var(--source-edge)}
.breakwater .queue .shape{fill:var(--queue);stroke:var(--queue-edge)}
.breakwater .store .shape{fill:var(--store);stroke:var(--store-edge)}
.breakwater .parking-lot .shape{fill:var(--parking);stroke:var(--parking-edge);stroke-width:2}
.breakwater .drop .shape,.breakwater .blocks .shape{fill:var(--lost);stroke:var(--lost-edge);stroke-width:2}
.breakwater .unknown .shape,.breakwater .outside .shape{fill:var(--ground);stroke-dasharray:4 3}
.breakwater .arrow{fill:none;stroke:var(--line);stroke-width:1.5}
.breakwater .asynchronous .arrow{stroke-dasharray:6 4}
.breakwater .parks .arrow{stroke:var(--parking-edge);stroke-width:2.25}
.breakwater .loses .arrow{stroke:var(--lost-edge);stroke-width:2.25}
.breakwater .unknown .arrow{stroke-dasharray:1.5 4}
.breakwater .parks .label{fill:var(--parking-edge)}
.breakwater .loses .label{fill:var(--lost-edge)}
.breakwater .head{fill:var(--line)}
.breakwater .head-parks{fill:var(--parking-edge)}
.breakwater .head-loses{fill:var(--lost-edge)}
.breakwater .badge circle{stroke:var(--ground);stroke-width:2}
.breakwater .badge text{fill:#ffffff;font-weight:600}
.breakwater .badge.error circle{fill:#cf222e}
.breakwater .badge.warning circle{fill:#9a6700}
.breakwater .badge.info circle{fill:#0969da}
.breakwater .warns{fill:var(--lost-edge);font-weight:600}
`.trim();
