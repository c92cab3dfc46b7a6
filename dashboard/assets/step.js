/**
 * Lets a click that leads to `page` be one step of the browser's history. Streamlit writes two: the new parameters at
 * the old page, then the new page. The first of them waits for the second, and is written if that does not come.
 */
function oneStep(page) {
  if (location.pathname.replace(/\/$/, "").endsWith(`/${page}`)) return;
  const waiting = [];
  const done = () => {
    delete history.pushState; // the prototype's is back
    clearTimeout(timer);
  };
  const timer = setTimeout(() => {
    done();
    for (const one of waiting) history.pushState(...one);
  }, 5000);
  history.pushState = (...given) => {
    if (new URL(given[2], location.href).pathname === location.pathname) return void waiting.push(given);
    done();
    history.pushState(...given);
  };
}
