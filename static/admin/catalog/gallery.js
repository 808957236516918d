// The gallery of the product editor: order, alternative texts and removals, posted as JSON when something changed.
const editor = document.getElementById("gallery-editor");
const field = document.querySelector("input[name='gallery']");

if (editor && field) {
  const list = editor.querySelector("ol");

  const write = () => {
    const items = [...list.children].map((item) => ({
      id: Number(item.dataset.picture),
      alt: item.querySelector("[data-alt]").value,
    }));
    field.value = JSON.stringify(items);
  };

  editor.addEventListener("input", write);
  editor.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const item = button.closest("li");
    if (button.dataset.move === "-1" && item.previousElementSibling) item.previousElementSibling.before(item);
    if (button.dataset.move === "1" && item.nextElementSibling) item.nextElementSibling.after(item);
    if ("remove" in button.dataset) item.remove();
    else button.focus();
    write();
  });
}
