// What a page can do without: keys, swipes, and saying that a picture did not load.
"use strict";
(() => {
  const follow = (rel) => {
    const link = document.querySelector(`main a[rel="${rel}"]`);
    if (link) location.assign(link.href);
    return Boolean(link);
  };
  const byKey = { ArrowLeft: "prev", ArrowRight: "next", Escape: "up" };

  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest("input, select, textarea, video, pre, details[open]");
    if (busy || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (byKey[event.key] && follow(byKey[event.key])) event.preventDefault();
  });

  const stage = document.getElementById("stage");
  if (!stage) return;

  let start = null;
  stage.addEventListener("touchstart", (event) => {
    const touch = event.changedTouches[0];
    start = event.touches.length === 1 ? { x: touch.clientX, y: touch.clientY } : null;
  }, { passive: true });
  stage.addEventListener("touchend", (event) => {
    if (!start || (window.visualViewport && window.visualViewport.scale > 1.05)) return;
    const touch = event.changedTouches[0];
    const across = touch.clientX - start.x;
    const along = touch.clientY - start.y;
    start = null;
    if (Math.abs(across) > 50 && Math.abs(across) > 2 * Math.abs(along)) follow(across > 0 ? "prev" : "next");
  }, { passive: true });

  const original = stage.querySelector("img.original");
  if (!original) return;
  const loaded = () => stage.classList.add(original.naturalWidth ? "loaded" : "broken");
  if (original.complete) loaded();
  original.addEventListener("load", loaded);
  original.addEventListener("error", loaded);
})();
