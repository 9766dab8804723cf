/** What every page looks like: its own colours, for light, dark and paper; nothing is fetched. A table of class `stacked` shows one cell below the other on a narrow screen. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ground:#ffffff;--card:#f6f8fa;--text:#1f2328;--muted:#57606a;--rule:#d1d9e0;--link:#0550ae;--error:#cf222e;--error-ground:#ffebe9;--warning:#8a5a00;--warning-ground:#fff4d6;--info:#0550ae;--info-ground:#ddf4ff;--good:#1a7f37;--good-ground:#dafbe1}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--card:#161b22;--text:#e6edf3;--muted:#9198a1;--rule:#3d444d;--link:#79b8ff;--error:#ff7b72;--error-ground:#3d1214;--warning:#e3b341;--warning-ground:#3a2a05;--info:#79b8ff;--info-ground:#0c2d4d;--good:#56d364;--good-ground:#0f2d1a}}
@media print{:root{color-scheme:light;--ground:#ffffff;--card:#ffffff;--text:#000000;--muted:#444444;--rule:#bbbbbb;--link:#000000;--error:#a40e26;--error-ground:#ffffff;--warning:#7d4e00;--warning-ground:#ffffff;--info:#0550ae;--info-ground:#ffffff;--good:#116329;--good-ground:#ffffff}nav,.hint{display:none}article,tr{break-inside:avoid}.scroll{overflow:visible!important}.scroll svg{max-width:100%;height:auto}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.5rem clamp(0.75rem,3vw,2rem) 4rem;background:var(--ground);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 0.25rem}
h2{font-size:1.25rem;margin:2.75rem 0 0.75rem;padding-bottom:0.3rem;border-bottom:1px solid var(--rule)}
h3{font-size:1.05rem;margin:1.75rem 0 0.6rem}
p{margin:0.5rem 0}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:0.875em}
.muted{color:var(--muted)}
nav ul,.chips{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:0.35rem 0.6rem}
nav{margin-top:1rem}
.chips{margin:0.9rem 0 0.25rem}
.chip{display:inline-block;border-radius:1rem;padding:0.1rem 0.7rem;border:1px solid;font-size:0.875rem;font-weight:600;white-space:nowrap}
.error{color:var(--error);background:var(--error-ground)}
.warning{color:var(--warning);background:var(--warning-ground)}
.info{color:var(--info);background:var(--info-ground)}
.good{color:var(--good);background:var(--good-ground)}
.none{color:var(--muted);background:var(--card)}
.scroll{overflow-x:auto;border:1px solid var(--rule);border-radius:8px}
.scroll svg{display:block;margin:0 auto}
table{border-collapse:collapse;width:100%;font-size:0.9375rem}
th,td{text-align:left;vertical-align:top;padding:0.5rem 0.75rem;border-bottom:1px solid var(--rule)}
tbody tr:last-child td{border-bottom:0}
th{font-size:0.8125rem;color:var(--muted);font-weight:600;white-space:nowrap}
td.number{font-variant-numeric:tabular-nums;white-space:nowrap}
@media (max-width:640px){
.stacked thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stacked tr{display:block;border-bottom:1px solid var(--rule);padding:0.4rem 0}
.stacked tr:last-child{border-bottom:0}
.stacked td{display:flex;gap:0.75rem;border:0;padding:0.2rem 0.75rem;white-space:normal}
.stacked td::before{content:attr(data-label);flex:0 0 6.5rem;color:var(--muted);font-size:0.8125rem;line-height:1.8}
.stacked td>*{min-width:0}
}
`.trim();
