/** What runs in the page: texts, because the sources know no browser. Each gives the faults it sees as a list of sentences. */

/** Texts of the drawing that leave their boxes, and boxes or labels that lie on one another. */
export const misplaced = `(() => {
  const faults = [];
  const box = (element) => element.getBoundingClientRect();
  const svg = document.querySelector('svg.breakwater');
  const whole = box(svg);
  for (const figure of svg.querySelectorAll('.figure')) {
    const outer = box(figure.querySelector('.shape'));
    for (const text of figure.querySelectorAll('text')) {
      const inner = box(text);
      if (inner.left < outer.left || inner.right > outer.right || inner.top < outer.top || inner.bottom > outer.bottom)
        faults.push(text.textContent + ' leaves its box');
    }
  }
  const named = (element) => element.textContent || element.parentElement.textContent;
  const places = [...svg.querySelectorAll('.figure .shape:first-of-type, .label')];
  places.forEach((a, index) => {
    const first = box(a);
    if (first.left < whole.left || first.right > whole.right || first.top < whole.top || first.bottom > whole.bottom) faults.push(named(a) + ' is cut');
    for (const b of places.slice(index + 1)) {
      const second = box(b);
      const wide = Math.min(first.right, second.right) - Math.max(first.left, second.left);
      const high = Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top);
      // Lines of one label, and strokes of one box, touch.
      if (wide > 1 && high > 1 && a.parentElement !== b.parentElement) faults.push(named(a) + ' lies on ' + named(b));
    }
  });
  for (const text of svg.querySelectorAll('.legend')) if (box(text).right > whole.right) faults.push(text.textContent + ' is cut');
  return faults;
})()`;

/** A page that scrolls sideways, and elements whose content does not fit. Only the diagram may be wider than the page, and scrolls by itself. */
export const wider = `(() => {
  const root = document.documentElement;
  const faults = root.scrollWidth > root.clientWidth ? ['the page is ' + root.scrollWidth + ' wide'] : [];
  for (const element of document.querySelectorAll('article, article *, td, td *, body > header, body > header *'))
    if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1) faults.push(element.outerHTML);
  return faults;
})()`;
