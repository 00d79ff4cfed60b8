(() => {
  const still = { complete: 1, stopped: 1, interrupted: 1, diverged: 1, failed: 1 };
  const open = (main) => [...main.querySelectorAll("details")].map((one) => one.open);
  const update = async () => {
    try {
      const text = await (await fetch("/", { cache: "no-store" })).text();
      const next = new DOMParser().parseFromString(text, "text/html");
      for (const part of ["header", "main"]) {
        const [old, fresh] = [document.querySelector(part), next.querySelector(part)];
        if (old && fresh && old.innerHTML !== fresh.innerHTML) {
          const was = open(old);
          old.replaceWith(document.adoptNode(fresh));
          if (was.length) document.querySelectorAll(part + " details").forEach((one, at) => { if (at in was) one.open = was[at]; });
        }
      }
      document.body.dataset.state = next.body.dataset.state;
    } catch {
      document.body.dataset.state = "gone";
    }
    if (!(document.body.dataset.state in still) && document.body.dataset.state !== "gone") setTimeout(update, 1000);
  };
  setTimeout(update, 1000);
})();
