package dev.tollgate.browser;

/** What a page owes to people who see badly, use the keyboard, or listen, checked in the page itself. */
final class Manners {
    /** Lists what is wrong: fields and buttons without a name, headings that skip a level, text too faint to read. */
    static final String FAULTS = """
            () => {
              const faults = [];
              const shown = (e) => e.checkVisibility && e.checkVisibility({visibilityProperty: true});
              const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
              const where = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + " " + e.textContent.trim().slice(0, 40);
              for (const e of all("input, select, textarea"))
                if (e.type !== "hidden" && !e.labels?.length && !e.ariaLabel) faults.push("no label: " + where(e));
              for (const e of all("button, a[href]"))
                if (!e.textContent.trim() && !e.ariaLabel) faults.push("no name: " + where(e));
              let level = 0;
              for (const e of all("h1, h2, h3, h4")) {
                const next = Number(e.tagName[1]);
                if (next > level + 1) faults.push("skips a level: " + where(e));
                level = next;
              }
              if (all("h1").length !== 1) faults.push("there are " + all("h1").length + " h1");
              if (all("main").length !== 1) faults.push("there is no single main");
              if (!document.documentElement.lang) faults.push("no language");
              const ids = all("[id]").map((e) => e.id);
              for (const id of ids) if (ids.filter((other) => other === id).length > 1) faults.push("id twice: " + id);
              for (const e of all("button, input:not([type=radio]):not([type=checkbox]), select"))
                if (e.getBoundingClientRect().height < 24) faults.push("too small to hit: " + where(e));
              const light = (rgb) => {
                const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const colour = (text) => text.match(/[\\d.]+/g).map(Number);
              const ground = (e) => {
                for (; e; e = e.parentElement) {
                  const c = colour(getComputedStyle(e).backgroundColor);
                  if (c.length < 4 || c[3] === 1) return c.slice(0, 3);
                }
                return [255, 255, 255];
              };
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const e = node.parentElement;
                if (!node.data.trim() || !shown(e) || e.disabled || e.tagName === "NOSCRIPT" || e.tagName === "OPTION") continue;
                const style = getComputedStyle(e);
                const a = light(colour(style.color).slice(0, 3)), b = light(ground(e));
                const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (contrast < 4.5) faults.push("contrast " + contrast.toFixed(2) + ": " + where(e));
              }
              return [...new Set(faults)];
            }
            """;

    private Manners() {}
}
