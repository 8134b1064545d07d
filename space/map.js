// Runs once in the map's element. `props.x` and `props.y`: the present place, each from -1 to 1.
const sheet = () => element.querySelector(".sheet");

function show() {
  const mark = sheet().querySelector("i");
  mark.style.left = `${50 + 50 * props.x}%`;
  mark.style.top = `${50 - 50 * props.y}%`;
}

function choose(event) {
  const box = sheet().getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * 2 - 1;
  const y = 1 - ((event.clientY - box.top) / box.height) * 2;
  if (Math.abs(x) <= 1 && Math.abs(y) <= 1) trigger("select", { x, y });
}

element.addEventListener("click", choose);
// A mouse may also be dragged over it, where a move costs little; a finger scrolls the page.
element.addEventListener("pointermove", (event) => {
  if (props.drags && event.pointerType === "mouse" && event.buttons === 1) choose(event);
});

// Not as words of their own: gradio takes every quoted word for an event, and sends its name along.
watch("value points x y".split(" "), show);
show();
