// A log that was written to break the page: markup as task name, message and server, control and
// direction characters. And what would still be stopped if some of it got through.
import assert from 'node:assert/strict';
import http from 'node:http';
import { describe, test } from 'node:test';

import { visit } from './browser.mjs';
import { MARKUP, pages } from './pages.mjs';

describe('hostile input', { concurrency: 3 }, () => {
    test('hostile text stays text', async () => {
        await visit(pages.hostile, {}, async (page) => {
            assert.equal(await page.locator('script').count(), 1); // ours
            assert.equal(
                await page.locator('img, iframe, object, embed, link, base, form').count(),
                0,
            );
            const handlers = await page.evaluate(() =>
                [...document.querySelectorAll('*')]
                    .flatMap((element) => [...element.attributes])
                    .map(({ name }) => name)
                    .filter((name) => name.startsWith('on') || name === 'style'),
            );
            assert.deepEqual(handlers, []);
            const text = await page.locator('body').innerText();
            // The task's name, the message of the panic and the server.
            assert.ok(text.split(MARKUP).length > 3, text.slice(0, 2000));
            // What acts on a reader's screen is spelt out.
            assert.ok(text.includes('\\xe2\\x80\\xae') && text.includes('\\x7f'));
            assert.doesNotMatch(
                await page.content(),
                /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/,
            );
        });
    });

    // What text that became markup would try; `address` is a server that listens.
    const attacks = {
        'a picture': (address) => {
            new Image().src = address;
        },
        'a handler': () => {
            document.body.innerHTML += '<img src="data:," onerror="alert(1)">';
        },
        'a script': () => {
            const script = document.createElement('script');
            script.textContent = 'alert(1)';
            document.body.append(script);
        },
        'a request': (address) => {
            fetch(address).catch(() => {});
        },
        'a style sheet': (address) => {
            const link = Object.assign(document.createElement('link'), {
                rel: 'stylesheet',
                href: address,
            });
            document.head.append(link);
        },
        'a frame': (address) => {
            document.body.append(Object.assign(document.createElement('iframe'), { src: address }));
        },
        'a form': (address) => {
            const form = Object.assign(document.createElement('form'), { action: address });
            document.body.append(form);
            form.submit();
        },
    };

    for (const [name, attack] of Object.entries(attacks)) {
        test(`the policy of the page stops ${name} that its text would bring`, async () => {
            let reached = 0;
            const server = http.createServer((_, response) => {
                ++reached;
                response.end();
            });
            await new Promise((resolve) => {
                server.listen(0, '127.0.0.1', resolve);
            });
            const address = `http://127.0.0.1:${server.address().port}/leak`;
            try {
                await visit(pages.hostile, {}, async (page, noticed) => {
                    await page.evaluate(() => {
                        window.stopped = new Promise((resolve) => {
                            document.addEventListener('securitypolicyviolation', () =>
                                resolve(true),
                            );
                        });
                    });
                    await page.evaluate(attack, address);
                    const stopped = await page.evaluate(() =>
                        Promise.race([
                            window.stopped,
                            new Promise((resolve) => {
                                setTimeout(resolve, 3000, false);
                            }),
                        ]),
                    );
                    assert.ok(stopped);
                    assert.equal(reached, 0);
                    assert.deepEqual(
                        noticed.filter((text) => text.startsWith('dialog')),
                        [],
                    );
                    noticed.length = 0; // what the browser says of what it stopped
                });
            } finally {
                server.close();
            }
        });
    }
});
