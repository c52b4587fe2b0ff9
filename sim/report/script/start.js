// When everything else is there.
document.addEventListener("toggle", drawNear, true);
if (narrow.matches)
  for (const one of document.querySelectorAll("[data-phone]"))
    one.open = one.dataset.phone === "open";
for (const box of boxes()) watch.observe(box);
if (stations && addressed() >= 0) show(addressed());
