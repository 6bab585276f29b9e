// What holds for every page: it is quiet, fits its window, answers first, can be read by everybody,
// without a script and on paper.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';

import { DESKTOP, PHONE, accessible, audit, openAll, visit } from './browser.mjs';
import { faintTexts } from './contrast.mjs';
import { corpus, pages } from './pages.mjs';

const LARGEST = 2 << 20; // bytes of a page
const NAMED = new Set([
    'table',
    'img',
    'image',
    'searchbox',
    'textbox',
    'navigation',
    'DisclosureTriangle',
]);

const insideWindow = (page) =>
    page.locator('h1').evaluate((headline) => {
        const { top, bottom, left, right } = headline.getBoundingClientRect();
        return top >= 0 && left >= 0 && bottom <= window.innerHeight && right <= window.innerWidth;
    });

// Elements whose content is cut off or runs out of its box, though nothing scrolls there.
const spilling = (page) =>
    page.evaluate(() =>
        [...document.querySelectorAll('main *')]
            .filter((element) => {
                if (element instanceof SVGElement || !element.checkVisibility()) return false;
                const { right } = element.getBoundingClientRect();
                return (
                    right > document.documentElement.clientWidth + 1 &&
                    !element.closest('.wide, pre')
                );
            })
            .map((element) => element.outerHTML.slice(0, 120))
            .slice(0, 5),
    );

// Words of a few letters that were broken into pieces: the first column of what they are in is too
// narrow to read.
const brokenWords = (page) =>
    page.evaluate(() => {
        const broken = [];
        for (const cell of document.querySelectorAll('td, th')) {
            if (!cell.checkVisibility()) continue;
            const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                for (const { 0: word, index } of node.data.matchAll(/[\w.]{2,24}/g)) {
                    const range = document.createRange();
                    range.setStart(node, index);
                    range.setEnd(node, index + word.length);
                    const tops = new Set(
                        [...range.getClientRects()].map((box) => Math.round(box.top)),
                    );
                    if (tops.size > 1) broken.push(word);
                }
            }
        }
        return broken.slice(0, 5);
    });

const checks = {
    // These see the page as it comes.
    'the answer is in the first view': async (page) => {
        for (const viewport of [PHONE, DESKTOP]) {
            await page.setViewportSize(viewport);
            assert.match(
                await page.locator('h1').innerText(),
                /^[A-Z ]+ \((certain|likely|possible)\) \S/,
            );
            assert.ok(await insideWindow(page), `headline at ${viewport.width}`);
        }
    },

    'paper shows the evidence and cuts nothing off': async (page, name) => {
        const clauses = page.locator('details.clause, details.chains');
        assert.ok((await clauses.count()) > 0 || !name.startsWith('known'));
        const hidden = () =>
            clauses.evaluateAll(
                (all) =>
                    all.filter(
                        (one) =>
                            ![...one.children].every((child) =>
                                child.checkVisibility({ contentVisibilityAuto: true }),
                            ),
                    ).length,
            );
        await page.emulateMedia({ media: 'print' });
        assert.equal(await hidden(), 0);
        const boxes = await page
            .locator('.wide')
            .evaluateAll((all) => all.map((box) => getComputedStyle(box).overflowX));
        assert.deepEqual(
            boxes.filter((overflow) => overflow !== 'visible'),
            [],
        );
        await page.emulateMedia({ media: 'screen' });
        // Browsers that cannot open by style are told before they print.
        const open = () => page.locator(':is(.clause, .chains)[open]').count();
        // One that was open and that somebody closed is wanted on paper too.
        if ((await open()) > 0) await page.locator('.clause[open] > summary').first().click();
        const before = await open();
        await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
        assert.equal(await open(), await clauses.count());
        await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
        assert.equal(await open(), before);
    },

    'contents lead to every section': async (page) => {
        const links = page.getByRole('navigation', { name: 'On this page' }).getByRole('link');
        const titles = page.locator('h2');
        assert.ok((await titles.count()) > 1);
        assert.deepEqual(await links.allInnerTexts(), await titles.allInnerTexts());
        await links.last().click();
        const { y } = await titles.last().boundingBox();
        assert.ok(y >= 0 && y < DESKTOP.height, `at ${y}`);
    },

    'nothing moves for those who asked for that': async (page) => {
        await page.emulateMedia({ reducedMotion: 'reduce' });
        const moving = await page.evaluate(() =>
            [...document.querySelectorAll('*')]
                .filter((element) => {
                    const { animationName, transitionDuration, scrollBehavior } =
                        getComputedStyle(element);
                    return (
                        animationName !== 'none' ||
                        /[1-9]/.test(transitionDuration) ||
                        scrollBehavior === 'smooth'
                    );
                })
                .map((element) => element.outerHTML.slice(0, 80)),
        );
        assert.deepEqual(moving, []);
    },

    // From here on everything is open.
    'nothing scrolls sideways, and no word is broken in a table': async (page) => {
        await openAll(page);
        for (const viewport of [PHONE, DESKTOP]) {
            await page.setViewportSize(viewport);
            const width = await page.evaluate(() => document.documentElement.scrollWidth);
            assert.equal(width, viewport.width);
            assert.deepEqual(await spilling(page), []);
            assert.deepEqual(await brokenWords(page), []);
            // What proves the answer is in sight without scrolling.
            const cut = await page
                .locator('.clause .wide, .frames .wide')
                .evaluateAll((all) => all.filter((box) => box.scrollWidth > box.clientWidth + 1));
            assert.equal(cut.length, 0, `${viewport.width}`);
        }
    },

    'text is told from its ground, light and dark': async (page) => {
        for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme });
            assert.deepEqual(await page.evaluate(faintTexts, 4.5), [], colorScheme);
            const ground = await page.evaluate(
                () => getComputedStyle(document.body).backgroundColor,
            );
            assert.equal(Number(ground.match(/\d+/)[0]) > 128, colorScheme === 'light', ground);
        }
    },

    'names, headings, landmarks and language': async (page) => {
        assert.equal(await page.locator('html').getAttribute('lang'), 'en');
        const levels = await page
            .locator('h1, h2, h3, h4, h5, h6')
            .evaluateAll((all) => all.map((heading) => Number(heading.tagName[1])));
        assert.equal(levels.filter((level) => level === 1).length, 1);
        assert.equal(levels[0], 1);
        levels
            .slice(1)
            .forEach((level, i) =>
                assert.ok(level <= levels[i] + 1, `h${level} under h${levels[i]}`),
            );
        const titles = await page.locator('h2, h3').allInnerTexts();
        assert.equal(new Set(titles).size, titles.length, `a heading stands twice: ${titles}`);
        const nodes = await accessible(page);
        assert.equal(nodes.filter(({ role }) => role === 'main').length, 1);
        assert.deepEqual(
            nodes.filter(({ role, name }) => NAMED.has(role) && !name),
            [],
        );
        assert.ok(nodes.some(({ role }) => role === 'table'));
        // What scrolls by itself can be scrolled by keyboard, and says what it is.
        const boxes = await page
            .locator('.wide')
            .evaluateAll((all) =>
                all.map((box) => box.tabIndex === 0 && box.getAttribute('aria-label')),
            );
        assert.ok(boxes.every(Boolean), `${boxes}`);
        for (const viewport of [DESKTOP, PHONE]) {
            await page.setViewportSize(viewport);
            assert.deepEqual(await audit(page), []);
        }
    },
};

describe('every page', { concurrency: 3 }, () => {
    for (const [name, file] of Object.entries(pages)) {
        test(name, async (t) => {
            await visit(file, {}, async (page) => {
                for (const [what, check] of Object.entries(checks))
                    await t.test(what, () => check(page, name));
            });
            await t.test('works without a script', () =>
                visit(file, { javaScriptEnabled: false }, async (page) => {
                    assert.ok(await insideWindow(page));
                    assert.ok(
                        await page.getByRole('heading', { name: 'What this rests on' }).isVisible(),
                    );
                    assert.equal(await page.locator('input:visible').count(), 0);
                    const closed = page.locator('details:not([open]) > summary').first();
                    if ((await closed.count()) === 0) return;
                    const part = await closed.locator('..').elementHandle();
                    await closed.click();
                    assert.ok(
                        await part.evaluate(
                            (details) => details.open && details.lastElementChild.checkVisibility(),
                        ),
                    );
                }),
            );
        });
    }

    test('pages are small enough to mail', () => {
        for (const file of [...Object.values(pages), ...corpus]) {
            const { size } = fs.statSync(file);
            assert.ok(size < LARGEST, `${file}: ${size} bytes`);
        }
    });
});
