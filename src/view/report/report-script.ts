/**
 * What the report's page does: sorts its rows, hides those that a search does not find, opens the journey
 * that a link names. It writes no HTML: the page is there without it.
 */
export const REPORT_SCRIPT = `
'use strict';
(() => {
  const table = document.getElementById('conversations');
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const shown = document.getElementById('shown');
  const search = document.getElementById('search');
  const valueOf = (row, column) => row.cells[column].dataset.v ?? row.cells[column].textContent;
  const find = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, i) => {
      const fits = words.every((word) => texts[i].includes(word));
      row.hidden = !fits;
      if (fits) count++;
    });
    shown.textContent = count + ' / ' + rows.length;
  };
  search.addEventListener('input', find);
  find();
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.firstElementChild.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const isNumber = head.classList.contains('number');
      const sorted = rows.map((row, i) => ({ row, i, value: valueOf(row, column) }));
      sorted.sort((a, b) => {
        const order = isNumber ? Number(a.value) - Number(b.value) : a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
        return (down ? -order : order) || a.i - b.i;
      });
      body.append(...sorted.map(({ row }) => row));
    });
  });
  const open = () => {
    const one = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (one === null || one.tagName !== 'DETAILS') return;
    one.open = true;
    one.scrollIntoView();
    one.firstElementChild.focus();
  };
  addEventListener('hashchange', open);
  open();
  document.getElementById('theme').addEventListener('click', () => {
    const root = document.documentElement;
    const isDark = getComputedStyle(root).colorScheme === 'dark';
    root.dataset.theme = isDark ? 'light' : 'dark';
  });
})();
`.trim();
