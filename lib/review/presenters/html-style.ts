import { PAGE_STYLE } from '../../markup/page-style';

/** What the page of a review has of its own. */
export const HTML_STYLE = `
${PAGE_STYLE}
h4{font-size:1rem;margin:0}
.way{list-style:none;margin:0.4rem 0;padding:0;display:flex;flex-wrap:wrap;font-size:0.9rem;gap:0.25rem 0.4rem}
.drop,.no{color:var(--error);background:var(--error-ground)}
.dlq,.blocks,.partly{color:var(--warning);background:var(--warning-ground)}
.error-to-caller{color:var(--info);background:var(--info-ground)}
.effect,.yes{color:var(--good);background:var(--good-ground)}
.unknown,.untold{color:var(--muted);background:var(--card)}
article{border:1px solid var(--rule);border-left-width:4px;border-radius:8px;padding:0.8rem 1rem;margin:0 0 0.9rem;background:var(--card)}
article.is-error{border-left-color:var(--error)}
article.is-warning{border-left-color:var(--warning)}
article.is-info{border-left-color:var(--info)}
article header{display:flex;flex-wrap:wrap;align-items:center;gap:0.3rem 0.7rem;margin-bottom:0.4rem}
.way li{max-width:100%}
.way li+li::before{content:"\\2192";color:var(--muted);margin-right:0.4rem}
.fix{margin:0.6rem 0}
.where{margin:0.6rem 0 0;padding:0;list-style:none;color:var(--muted);font-size:0.875rem}
th button{all:unset;cursor:pointer;color:inherit;padding:0.15rem 0}
th button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
th button::after{content:" \\2195";opacity:0.6}
th[aria-sort=ascending] button::after{content:" \\2191";opacity:1}
th[aria-sort=descending] button::after{content:" \\2193";opacity:1}
td ul{margin:0;padding-left:1.1rem}
td .way{margin:0}
@media (max-width:640px){
.checklist tr{display:block;border-bottom:1px solid var(--rule);padding:0.5rem 0}
.checklist thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.checklist td{display:block;border:0;padding:0.15rem 0.75rem}
}
`.trim();

/** Sorts a table by the column whose heading is pressed; without scripts the table stays as it is. */
export const HTML_SCRIPT = `
for (const table of document.querySelectorAll('table.paths')) {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    heading.querySelector('button')?.addEventListener('click', () => {
      const down = heading.getAttribute('aria-sort') === 'ascending';
      for (const other of headings) other.removeAttribute('aria-sort');
      heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        const order = isNaN(x) || isNaN(y) ? (x < y ? -1 : x > y ? 1 : 0) : x - y;
        return down ? -order : order;
      });
      body.append(...rows);
    });
  });
}
`.trim();
