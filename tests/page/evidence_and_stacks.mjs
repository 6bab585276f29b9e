// The tree of evidence and the stacks, by mouse and by keyboard.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { visit } from './browser.mjs';
import { pages } from './pages.mjs';

const known = pages['known bug, with a profile'];

describe('evidence and stacks', { concurrency: 3 }, () => {
    test('what decides is open, the rest opens by click', async () => {
        await visit(known, {}, async (page) => {
            const clauses = page.locator('details.clause');
            for (const clause of await clauses.all()) {
                const decides = (await clause.locator('summary').getByText('required').count()) > 0;
                assert.equal(await clause.evaluate((details) => details.open), decides);
            }
            const closed = page.locator('details.clause:not([open])');
            const before = await closed.count();
            assert.ok(before > 0);
            const summary = closed.first().locator('summary');
            const inside = await closed.first().locator('p').first().elementHandle();
            assert.ok(!(await inside.isVisible()));
            await summary.click();
            assert.ok(await inside.isVisible());
            assert.equal(await closed.count(), before - 1);
        });
    });

    test('evidence opens by keyboard, and the focus is seen', async () => {
        for (const colorScheme of ['light', 'dark']) {
            await visit(known, { colorScheme }, async (page) => {
                const focused = () =>
                    page.evaluate(() => document.activeElement.matches('details.clause > summary'));
                for (let tabs = 0; tabs < 40 && !(await focused()); ++tabs)
                    await page.keyboard.press('Tab');
                assert.ok(await focused(), 'Tab reaches the evidence');
                const outline = await page.evaluate(() => {
                    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
                    return { outlineStyle, width: parseFloat(outlineWidth) };
                });
                assert.ok(
                    outline.outlineStyle === 'solid' && outline.width >= 2,
                    JSON.stringify(outline),
                );
                const isOpen = () => page.evaluate(() => document.activeElement.parentElement.open);
                assert.equal(await isOpen(), true);
                await page.keyboard.press('Enter');
                assert.equal(await isOpen(), false);
                await page.keyboard.press('Space');
                assert.equal(await isOpen(), true);
            });
        }
    });

    test('stacks show what functions were called with, and with a profile their lines', async () => {
        await visit(known, {}, async (page) => {
            const stack = page.locator('details[open] > ol.frames').first();
            const frame = stack.locator('li').filter({ hasText: 'nfs_wb_page' }).first();
            if (!(await frame.locator('details').evaluate((details) => details.open)))
                await frame.locator('summary').click();
            const call = frame.getByRole('table');
            assert.deepEqual(await call.locator('thead th').allInnerTexts(), [
                'Argument',
                'Value',
                'How',
                'Trust',
            ]);
            assert.match(await call.innerText(), /struct page \*\) 0x[0-9a-f]{16}/);
            assert.match(await stack.innerText(), /[a-z]+\/[a-z_]+\.[ch]:\d+/);
            // The function to blame is marked, in words too.
            assert.equal(await stack.getByText('blamed').count(), 1);
        });
    });

    test('numbers of frames and what opens them do not cover each other', async () => {
        await visit(pages['candidate, from a dump'], {}, async (page) => {
            const frames = page.locator('details[open] > ol.frames').first().locator('li');
            for (const summary of await frames.locator('summary').all()) {
                // A marker of the browser's own would stand outside, where the number is.
                const marker = await summary.evaluate((element) => ({
                    own: getComputedStyle(element, '::before').content,
                    browser: getComputedStyle(element).listStyleType,
                }));
                assert.match(marker.own, /[▸▾]/);
                assert.equal(marker.browser, 'none');
            }
        });
    });

    test('functions of a stack stand under each other', async () => {
        await visit(pages['candidate, from a dump'], {}, async (page) => {
            const lefts = await page
                .locator('details[open] > ol.frames')
                .first()
                .locator('summary > code, li > p > code')
                .evaluateAll((all) =>
                    all.map((code) => Math.round(code.getBoundingClientRect().left)),
                );
            assert.ok(lefts.length > 3);
            assert.ok(Math.max(...lefts) - Math.min(...lefts) <= 2, `${lefts}`);
        });
    });
});
