// Searching the tables of the NFS state.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { visit } from './browser.mjs';
import { pages } from './pages.mjs';

const dump = pages['candidate, from a dump'];
const field = (page) => page.getByRole('searchbox', { name: 'Search the tables' });
const rows = (page) => page.locator('#state tbody tr:visible');
const openLists = (page) => page.locator('#state details.list[open]').count();
const headings = (page) => page.locator('#state h3:visible').count();

describe('search', { concurrency: 3 }, () => {
    test('search narrows the rows and says how many are left', async () => {
        await visit(dump, {}, async (page) => {
            await field(page).fill('127.0.0.1');
            const texts = await rows(page).allInnerTexts();
            assert.ok(texts.length > 3);
            for (const text of texts) assert.match(text, /127\.0\.0\.1/);
            const found = page.locator('#found');
            assert.equal(await found.innerText(), `${texts.length} rows`);
            assert.equal(await found.getAttribute('aria-live'), 'polite');
            // Every word counts, in any order and case.
            await field(page).fill('TCP 127.0.0.1');
            const fewer = await rows(page).allInnerTexts();
            assert.ok(fewer.length > 0 && fewer.length < texts.length);
            for (const text of fewer) assert.match(text.toLowerCase(), /127\.0\.0\.1/);
            // What has nothing to show is not shown, headings neither.
            await field(page).fill('no such thing anywhere');
            assert.equal(await rows(page).count(), 0);
            assert.equal(await headings(page), 0);
            assert.match(await found.innerText(), /^(0|no) rows$/i);
        });
    });

    test('Escape and clearing bring everything back as it was', async () => {
        await visit(dump, {}, async (page) => {
            const first = page.locator('#state details.list').first();
            await first.locator('summary').click();
            const before = [await rows(page).count(), await openLists(page), await headings(page)];
            assert.equal(before[1], 1);
            for (const clear of [() => page.keyboard.press('Escape'), () => field(page).fill('')]) {
                await field(page).fill('10.9.9.1');
                assert.ok((await openLists(page)) > 1);
                await clear();
                assert.equal(await field(page).inputValue(), '');
                assert.deepEqual(
                    [await rows(page).count(), await openLists(page), await headings(page)],
                    before,
                );
                assert.equal(await page.locator('#found').innerText(), '');
            }
        });
    });

    test('Escape clears in browsers whose search fields do not', async () => {
        await visit(dump, {}, async (page) => {
            await field(page).evaluate((input) => {
                input.type = 'text';
            });
            const input = page.getByLabel('Search the tables');
            await input.fill('10.9.9.1');
            await input.press('Escape');
            assert.equal(await input.inputValue(), '');
            assert.equal(await page.locator('#found').innerText(), '');
        });
    });

    test('columns do not name a unit that the cells do not have', async () => {
        await visit(dump, {}, async (page) => {
            const names = await page.locator('#state th').allTextContents();
            assert.ok(names.length > 50);
            assert.deepEqual(
                names.filter((name) => /_(ns|bytes)$/.test(name)),
                [],
            );
        });
    });

    test('numbers stand under each other', async () => {
        await visit(dump, {}, async (page) => {
            const list = page.locator('#state details.list').filter({ hasText: 'rpc_xprts' });
            await list.locator('summary').click();
            const column = (await list.locator('th').allInnerTexts()).indexOf('slots');
            assert.ok(column > 0);
            const aligns = await list
                .locator(`tbody tr td:nth-child(${column + 1})`)
                .evaluateAll((all) => all.map((cell) => getComputedStyle(cell).textAlign));
            assert.deepEqual([...new Set(aligns)], ['right']);
        });
    });
});
