"""How a page shows in a browser: when it is ready, its switch, what it looks like on paper."""

READY = "document.documentElement.dataset.ready === 'yes'"
HOSTILE = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "=HYPERLINK(\"http://example.invalid\")",
    "<a href='javascript:window.pwned=1'>x</a>",
    "%{customdata} {{ 7*7 }} ${7*7} &lt;b&gt;",
    "\u2028<!--<script>",
)  # fmt: skip
SWITCH = "document.querySelector('.switch button[value=LANGUAGE]').click()"
SHOWN = "[...document.querySelectorAll('.LANGUAGE')].filter(e => e.getClientRects().length).length"
OVERFLOW = "document.documentElement.scrollWidth > innerWidth"


def printed(tab) -> dict[str, float]:
    """What a page looks like as it is printed, whatever the size of its window."""
    tab.js("dispatchEvent(new Event('beforeprint'))")
    tab.call("Emulation.setEmulatedMedia", media="print")
    return tab.js(PRINTED)


PRINTED = """(() => {
    const right = document.body.getBoundingClientRect().right + 0.5;
    const seen = (selector) => [...document.querySelectorAll(selector)]
        .filter((e) => e.getClientRects().length);
    const height = (e) => e.getBoundingClientRect().height;
    return {
        cut: seen('.main-svg, table, th, td').filter((e) =>
            e.getBoundingClientRect().right > right).length,
        narrow: seen('[data-figure]').filter((e) =>
            e.querySelector('.main-svg').getBoundingClientRect().width
                < e.getBoundingClientRect().width - 1).length,
        figures: Math.max(...seen('[data-figure]').map(height)),
        body: document.body.clientWidth,
    };
})()"""
SHEET_PX = (273 / 25.4 * 96, 186 / 25.4 * 96)  # of A4 landscape, without its margins
FOLD = """[...document.querySelectorAll('header > :not(.findings), header .cards li')]
    .map(e => e.getBoundingClientRect().bottom).reduce((a, b) => Math.max(a, b))"""
WORDS_OF_HEAD = """[...document.querySelectorAll('header > *')]
    .filter(e => !e.matches('.switch, .findings') && e.getClientRects().length)
    .map(e => e.innerText).join(' ')
    .split(/\\s+/).filter(Boolean).length"""
# Figures are drawn when they are scrolled to: this goes to all that are not folded.
SCROLLED = """(async () => {
    for (const box of document.querySelectorAll('[data-figure]')) {
        if (!box.checkVisibility()) continue;
        box.scrollIntoView({ behavior: 'instant', block: 'center' });
        while (!box.querySelector('.main-svg') || document.documentElement.dataset.ready !== 'yes')
            await new Promise((next) => setTimeout(next, 10));
    }
})()"""
