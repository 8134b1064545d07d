// Runs once when the page is there. A tab that a model has no use for is disabled, and style.css
// hides it; if it was open, the first one opens in its place.
() => {
  const selected = 'button[role="tab"][aria-selected="true"]:disabled';
  new MutationObserver(() => {
    const shut = document.querySelector(selected);
    shut?.closest('[role="tablist"]').querySelector('button[role="tab"]:enabled')?.click();
  }).observe(document.body, { subtree: true, attributeFilter: ["disabled", "aria-selected"] });
  return [];
}
