"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  // The theme: what the system says, until somebody chooses; a page from a disk may keep nothing.
  const kept = (value) => {
    try {
      if (value) localStorage.setItem("torq-theme", value);
      return localStorage.getItem("torq-theme");
    } catch {
      return null;
    }
  };
  const isDark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const saved = kept();
  if (saved === "dark" || saved === "light") root.dataset.theme = saved;
  const theme = byId("theme");
  const name = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    kept(root.dataset.theme);
    name();
  });
  name();

  const search = byId("search");
  const of = byId("of");
  const kind = byId("kind");
  const verdicts = byId("verdicts");
  const causes = [...document.querySelectorAll(".cause")];
  const rows = [...document.querySelectorAll(".requirements tbody tr")];
  const results = document.querySelectorAll(".card").length;
  const texts = new Map([...causes, ...rows].map((one) => [one, one.textContent.toLowerCase()]));

  const isOf = (one) => {
    const positions = one.dataset.of.split(" ");
    if (!of || !of.value) return true;
    if (of.value === "all") return positions.length === results;
    if (of.value === "one") return positions.length === 1;
    return positions.includes(of.value);
  };
  const filter = () => {
    const words = search ? search.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
    const matches = (one) => words.every((word) => texts.get(one).includes(word));
    let shown = 0;
    for (const one of causes) {
      one.hidden = !(matches(one) && isOf(one)
        && (!kind.value || one.dataset.kind.split(" ").includes(kind.value)));
      shown += !one.hidden;
    }
    if (byId("count")) byId("count").textContent = `${shown} shown`;
    let lines = 0;
    for (const one of rows) {
      one.hidden = !(matches(one) && (!verdicts.value || one.dataset.state === verdicts.value));
      lines += !one.hidden;
    }
    if (byId("row-count")) byId("row-count").textContent = `${lines} shown`;
  };
  for (const one of [search, of, kind, verdicts]) {
    if (one) one.addEventListener("input", filter);
  }
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  const all = byId("open-all");
  if (all) {
    all.addEventListener("click", () => {
      const open = all.getAttribute("aria-expanded") !== "true";
      for (const one of causes) one.open = open && !one.hidden;
      all.setAttribute("aria-expanded", String(open));
      all.textContent = open ? "Close all" : "Open all";
    });
  }

  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && search && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search && search.value) {
      search.value = "";
      filter();
    }
  });

  const opened = () => {
    const one = location.hash.startsWith("#cause-") ? byId(location.hash.slice(1)) : null;
    if (!one) return;
    if (one.hidden) {
      for (const field of [search, of, kind]) if (field) field.value = "";
      filter();
    }
    one.open = true;
    one.scrollIntoView();
  };
  addEventListener("hashchange", opened);
  opened();

  // Paper shows everything.
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details")) one.open = true;
  });
})();
