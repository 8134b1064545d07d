// Runs once in the pad's element. `props.value` is the drawing as a PNG data URL, "" when blank.
const canvas = element.querySelector("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true });
const tools = Object.fromEntries(
  [...element.querySelectorAll("[data-tool]")].map((button) => [button.dataset.tool, button])
);
const PEN = { color: "#000", width: 7 };
const ERASER = { color: "#fff", width: 36 };
const UNDO_STEPS = 20;

const before = []; // what the paper showed before each change
let blank = true;
let example = false; // the page's own first picture: the first stroke replaces it
let last = null; // the pen's place while it is down

function wipe() {
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  blank = true;
}

function remember() {
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  before.push({ pixels, blank, example });
  if (before.length > UNDO_STEPS) before.shift();
  tools.undo.disabled = false;
}

function publish() {
  props.value = blank ? "" : canvas.toDataURL("image/png");
}

function show(url) {
  if (!url) return wipe();
  const picture = new Image();
  picture.onload = () => {
    wipe();
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    blank = false;
  };
  picture.src = url;
}

function undo() {
  const state = before.pop();
  if (!state) return;
  context.putImageData(state.pixels, 0, 0);
  ({ blank, example } = state);
  tools.undo.disabled = before.length === 0;
  publish();
}

function clear() {
  if (blank) return;
  remember();
  wipe();
  example = false;
  publish();
}

function erasing(on) {
  tools.erase.setAttribute("aria-pressed", on);
  canvas.classList.toggle("erasing", on);
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  const scale = canvas.width / box.width;
  return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
}

function lineTo(point) {
  const { color, width } = canvas.classList.contains("erasing") ? ERASER : PEN;
  Object.assign(context, { strokeStyle: color, lineWidth: width, lineCap: "round" });
  context.beginPath();
  context.moveTo(last.x, last.y);
  context.lineTo(point.x, point.y); // a line of no length is a dot, the caps being round
  context.stroke();
  last = point;
}

canvas.addEventListener("pointerdown", (event) => {
  if (!event.isPrimary || event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  remember();
  if (example && !canvas.classList.contains("erasing")) wipe();
  example = false;
  blank = false;
  last = place(event);
  lineTo(last);
});

canvas.addEventListener("pointermove", (event) => {
  if (last === null || !event.isPrimary) return;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const step of events.length ? events : [event]) lineTo(place(step));
});

for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, (event) => {
    if (last === null || !event.isPrimary) return;
    last = null;
    publish();
  });
}

canvas.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z") {
    event.preventDefault();
    undo();
  }
});

tools.undo.addEventListener("click", undo);
tools.clear.addEventListener("click", clear);
tools.erase.addEventListener("click", () => erasing(!canvas.classList.contains("erasing")));

// The server set another picture, for instance an example that was asked for.
watch("value", () => {
  remember();
  example = false;
  erasing(false);
  show(props.value);
});

tools.undo.disabled = true;
example = Boolean(props.value);
wipe();
show(props.value);
