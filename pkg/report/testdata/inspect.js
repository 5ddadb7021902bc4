// What chromium_test.go wants to know of a page: everything on which it then decides.
(() => {
  const all = [...document.querySelectorAll('*')];
  const shown = e => e.checkVisibility({visibilityProperty: true});
  const rect = e => { const r = e.getBoundingClientRect(); return {left: r.left, right: r.right, top: r.top, bottom: r.bottom}; };

  // Contrast of text and what is behind it, as WCAG 2 counts it.
  const parse = c => { const n = c.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const behind = e => {
    const colours = [];
    for (; e; e = e.parentElement) colours.push(parse(getComputedStyle(e).backgroundColor));
    return colours.reverse().reduce((under, c) => over(c, under), [255, 255, 255, 1]);
  };
  const luminance = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  const contrast = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
  const hasText = e => [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
  const pale = [];
  for (const e of all.filter(e => document.body.contains(e) && hasText(e) && shown(e))) {
    const style = getComputedStyle(e), box = e.closest('g')?.querySelector('rect');
    if (e.namespaceURI.endsWith('/svg') && e.localName !== 'text') continue;
    const back = box ? over(parse(getComputedStyle(box).fill), behind(e)) : behind(e);
    const c = contrast(over(parse(box ? style.fill : style.color), back), back);
    if (c < 4.5) pale.push(`${e.localName}.${e.getAttribute('class')} ${c.toFixed(2)}: ${e.textContent.slice(0, 40)}`);
  }

  return {
    title: document.title,
    elements: [...new Set(all.map(e => e.localName))].sort(),
    attributes: [...new Set(all.flatMap(e => [...e.attributes].map(a => a.name)))].sort(),
    links: all.filter(e => e.hasAttribute('href')).map(e => e.getAttribute('href')),
    missing: all.filter(e => e.hasAttribute('href') && !document.getElementById(e.getAttribute('href').slice(1))).map(e => e.getAttribute('href')),
    background: getComputedStyle(document.body).backgroundColor,
    overflow: document.documentElement.scrollWidth - innerWidth,
    pale: [...new Set(pale)].slice(0, 10),
    pairs: [...document.querySelectorAll('.code tr')].filter(r => r.querySelector('td.old') && r.querySelector('td.new') && shown(r)).map(r => {
      const old = r.querySelector('td.old'), now = r.querySelector('td.new');
      return {old: rect(old), new: rect(now), oldColour: getComputedStyle(old).backgroundColor, newColour: getComputedStyle(now).backgroundColor};
    }),
    boxes: [...document.querySelectorAll('svg .job')].filter(shown).map(g => ({
      name: g.querySelector('title').textContent, box: rect(g.querySelector('rect')), texts: [...g.querySelectorAll('text')].map(rect), picture: rect(g.closest('svg')),
    })),
    wires: [...document.querySelectorAll('svg .wire')].filter(shown).filter(w => w.getTotalLength() > 10 && getComputedStyle(w).stroke !== 'none').length,
    colours: [...new Set([...document.querySelectorAll('.code span[class]')].filter(shown).map(e => getComputedStyle(e).color))].length,
    marks: document.querySelectorAll('.code mark').length,
  };
})()
