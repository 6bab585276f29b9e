// The time line of the log and the graph of waits.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';

import { PHONE, visit } from './browser.mjs';
import { DUMP, make, pages } from './pages.mjs';

describe('drawings', { concurrency: 3 }, () => {
    test('the time line has the reports of both CPUs in their order', async () => {
        await visit(pages.log, {}, async (page) => {
            const line = page.locator('svg.timeline');
            assert.deepEqual(
                await line.locator('text').filter({ hasText: 'CPU ' }).allTextContents(),
                ['CPU 1', 'CPU 3', 'no CPU'],
            );
            const marks = await line.locator('circle').evaluateAll((all) =>
                all.map((mark) => ({
                    x: Number(mark.getAttribute('cx')),
                    lane: mark.getAttribute('cy'),
                    kind: mark.getAttribute('class'),
                    time: parseFloat(mark.textContent),
                    text: mark.textContent,
                })),
            );
            assert.ok(new Set(marks.map(({ lane }) => lane)).size >= 2);
            assert.ok(
                marks.some(({ kind }) => kind === 'bad') &&
                    marks.some(({ kind }) => kind === 'quiet'),
            );
            marks
                .slice(1)
                .forEach((mark, i) =>
                    assert.ok(mark.time >= marks[i].time && mark.x >= marks[i].x),
                );
            // A silent server is trouble, a module that is loaded is none.
            assert.equal(marks.find(({ text }) => /not responding/.test(text)).kind, 'warn');
            assert.equal(marks.find(({ text }) => /Registered/.test(text)).kind, 'quiet');
            const table = page.getByRole('table', { name: 'Reports of the log' });
            const cells = await table
                .locator('tbody tr')
                .evaluateAll((all) =>
                    all.map((row) => [...row.cells].map((cell) => cell.innerText)),
                );
            assert.equal(cells.length, marks.length);
            const cpus = cells.map(([, cpu]) => cpu);
            assert.ok(cpus.indexOf('3') >= 0 && cpus.indexOf('3') < cpus.indexOf('1'), `${cpus}`);
            const times = cells.map(([time]) => Number(time));
            assert.deepEqual(
                times,
                [...times].sort((a, b) => a - b),
            );
        });
    });

    test('the time line can be read on a phone', async () => {
        await visit(pages.log, { viewport: PHONE }, async (page) => {
            const heights = await page
                .locator('svg.timeline text')
                .evaluateAll((all) => all.map((text) => text.getBoundingClientRect().height));
            assert.ok(Math.min(...heights) >= 12, `${heights}`);
        });
    });

    const hasDot = () => {
        try {
            execFileSync('dot', ['-V'], { stdio: 'ignore' });
            return true;
        } catch {
            return false;
        }
    };

    test(
        'waits are drawn where there is Graphviz',
        { skip: !hasDot() && 'graphviz is not installed' },
        async () => {
            await visit(pages['candidate, from a dump'], {}, async (page) => {
                const figure = page.getByRole('img', { name: 'Graph of waits' });
                const labels = await figure
                    .locator('svg .node')
                    .evaluateAll((all) =>
                        all.map((node) =>
                            [...node.querySelectorAll('text')].map((text) =>
                                text.textContent.trim(),
                            ),
                        ),
                    );
                assert.ok(labels.length > 3);
                assert.ok(labels.flat().some((label) => label.startsWith('nfsio-fsync[')));
                assert.ok((await figure.locator('svg .edge').count()) > 2);
                // What one line says the next does not repeat.
                for (const lines of labels) {
                    const addresses = lines.join(' ').match(/0x[0-9a-f]{16}/g) ?? [];
                    assert.equal(new Set(addresses).size, addresses.length, lines.join(' | '));
                }
                const chains = page.getByText(/^Chains of \d+ waiting tasks$/);
                assert.equal(await chains.locator('..').evaluate((details) => details.open), false);
                await checkChains(page);
            });
        },
    );

    // Each link is said once: no word directly behind itself, no address twice.
    async function checkChains(page) {
        const links = await page.locator('.chains li li').allTextContents();
        assert.ok(links.length > 3);
        for (const link of links) {
            assert.doesNotMatch(link, /\b(\w+) \1\b/);
            const addresses = link.match(/0x[0-9a-f]{16}/g) ?? [];
            assert.equal(new Set(addresses).size, addresses.length, link);
            assert.doesNotMatch(link, /\bobject\b/);
        }
    }

    for (const name of ['candidate, from a dump', 'largest of the corpus']) {
        const skip = hasDot() ? !pages[name] && 'NFSTRIAGE_CORPUS is not set' : 'no graphviz';
        test(`${name}: tasks that wait stand at the left of the graph`, { skip }, async () => {
            await visit(pages[name], {}, async (page) => {
                const graph = page.locator('.waits svg');
                const edges = await graph.locator('.edge > title').allTextContents();
                const awaited = new Set(edges.map((edge) => edge.split('->')[1]));
                const nodes = await graph.locator('.node').evaluateAll((all) =>
                    all.map((node) => ({
                        name: node.querySelector('title').textContent,
                        task: node.classList.contains('task'),
                        x: node.getBBox().x + node.getBBox().width / 2,
                    })),
                );
                const first = nodes.filter(({ name, task }) => task && !awaited.has(name));
                const others = nodes.filter((node) => !first.includes(node));
                assert.ok(first.length > 1 && others.length > 1);
                const rightmost = Math.max(...first.map(({ x }) => x));
                assert.ok(rightmost < Math.min(...others.map(({ x }) => x)));
            });
        });
    }

    test('waits are a list where there is no Graphviz', async () => {
        const plain = make('plain', [DUMP], { PATH: '/nonexistent' });
        await visit(plain, {}, async (page) => {
            assert.equal(await page.locator('figure').count(), 0);
            const chains = page.getByText(/^Chains of \d+ waiting tasks$/).locator('..');
            assert.ok(await chains.evaluate((details) => details.open));
            assert.ok(await chains.getByText(/^nfsio-fsync\[/).isVisible());
            await checkChains(page);
        });
    });
});
