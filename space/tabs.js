// Runs once when the page is there. Rows of tabs get names, of which gradio gives them none. A tab
// that a model has no use for is disabled, and style.css hides it; if it is open as that happens, the
// first one opens in its place. One that is opened before it is enabled stays: its model is coming.
() => {
  for (const [row, name] of [["#sheets", "Your picture"], ["#made", "What is made of it"]])
    document.querySelector(`${row} [role="tablist"]`)?.setAttribute("aria-label", name);
  const open = '[role="tab"][aria-selected="true"]:disabled';
  new MutationObserver((changes) => {
    for (const { target, oldValue } of changes)
      if (oldValue === null && target.matches(open)) // gradio also sets what is set
        target.closest('[role="tablist"]').querySelector('[role="tab"]:enabled')?.click();
  }).observe(document.body, { subtree: true, attributeFilter: ["disabled"], attributeOldValue: true });
  return [];
}
