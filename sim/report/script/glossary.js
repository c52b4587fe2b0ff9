// Words of the field are explained where the pointer, the focus or a finger is.
const tip = document.getElementById("tip");

const explain = (one) => {
  tip.textContent = terms[one.dataset.term][spoken.code];
  tip.hidden = false;
  const at = one.getBoundingClientRect(), own = tip.getBoundingClientRect();
  const above = at.top - own.height - 8;
  tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - own.width - 8))}px`;
  tip.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  one.setAttribute("aria-describedby", "tip");
};
const hush = () => {
  tip.hidden = true;
  document.querySelector("[aria-describedby=tip]")?.removeAttribute("aria-describedby");
};

for (const name of ["pointerover", "focusin"])
  document.addEventListener(name, (event) => {
    const one = event.target.closest?.("[data-term]");
    one ? explain(one) : hush();
  });
for (const name of ["focusout", "scroll"]) document.addEventListener(name, hush, { passive: true });
addEventListener("keydown", (event) => event.key === "Escape" && hush());
