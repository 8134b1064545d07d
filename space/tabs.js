// Runs once when the page is there. A tab that a model has no use for is disabled, and style.css
// hides it; if it was open, the first one opens in its place. Not at once: when the page changes to
// another model, a tab may be selected a moment before it is enabled.
() => {
  const selected = 'button[role="tab"][aria-selected="true"]:disabled';
  let later = null;
  const giveWay = () => {
    const shut = document.querySelector(selected);
    shut?.closest('[role="tablist"]').querySelector('button[role="tab"]:enabled')?.click();
  };
  new MutationObserver(() => {
    clearTimeout(later);
    later = setTimeout(giveWay, 200);
  }).observe(document.body, { subtree: true, attributeFilter: ["disabled", "aria-selected"] });
  return [];
}
