import { PAGE_STYLE } from '../../markup/page-style';

/** What the page of a reconciliation has of its own. */
export const REPORT_STYLE = `
${PAGE_STYLE}
td.number,th.number{text-align:right}
.stacked td:not(.number)>div{min-width:8rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:0.6rem;margin:1rem 0 0}
.figures div{border:1px solid var(--rule);border-radius:8px;padding:0.5rem 0.8rem;background:var(--card)}
.figures dt{color:var(--muted);font-size:0.8125rem}
.figures dd{margin:0;font-size:1.4rem;font-weight:600;font-variant-numeric:tabular-nums}
.plot{width:100%;min-width:34rem}
.plot text{fill:var(--muted)}
.plot .rule{stroke:var(--rule)}
.plot rect.breaks{fill:var(--error)}
.plot rect.inTransit,.plot circle.inTransit{fill:var(--info)}
.plot rect.badRows,.plot circle.badRows{fill:var(--warning)}
.plot path.inTransit{fill:none;stroke:var(--info);stroke-width:2}
.plot path.badRows{fill:none;stroke:var(--warning);stroke-width:2}
@media (max-width:640px){
.stacked td.number{text-align:left}
.stacked td:not(.number)>div{min-width:0}
}
`.trim();
