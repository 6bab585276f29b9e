// A headless Chromium and what the tests ask of a page in it. Every page is watched: what it
// requests, what it prints on the console, which dialogs it opens.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.NFSTRIAGE_PAGE_FOLDER;
const require = createRequire(path.join(folder, 'x'));
const { chromium } = require('playwright-core');
const axe = require('axe-core');

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

const browser = await launch();

async function launch() {
    try {
        return await chromium.launch({
            executablePath: process.env.NFSTRIAGE_CHROMIUM,
            args: process.getuid() === 0 ? ['--no-sandbox'] : [],
            // What the browser's libraries keep for the next time goes where the packages are.
            env: { ...process.env, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder },
        });
    } catch (error) {
        // As where a user may not make the namespaces of the browser's sandbox.
        console.log(error.message);
        console.log('skipped: chromium does not start, see above');
        return process.exit(77);
    }
}

export const stop = () => browser.close();

// Calls `use` with the page of `file` and what was noticed; afterwards nothing may have been. The
// options are those of a browser context.
export async function visit(file, options, use) {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    context.setDefaultTimeout(10_000);
    try {
        const page = await context.newPage();
        const url = pathToFileURL(file).href;
        const noticed = [];
        page.on('request', (request) => {
            if (request.url().split('#')[0] !== url) noticed.push(`request of ${request.url()}`);
        });
        page.on('console', (message) => noticed.push(`console: ${message.text()}`));
        page.on('pageerror', (error) => noticed.push(`error: ${error}`));
        page.on('dialog', (dialog) => {
            noticed.push(`dialog: ${dialog.message()}`);
            return dialog.dismiss();
        });
        await page.goto(url);
        await use(page, noticed);
        if (noticed.length) throw new Error(`${path.basename(file)}: ${noticed.join('; ')}`);
    } finally {
        await context.close();
    }
}

// Opens every part that opens; tables keep their first rows, so that what looks at every element
// ends in a second or two.
export const openAll = (page) =>
    page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
        for (const body of document.querySelectorAll('tbody'))
            for (const row of [...body.rows].slice(12)) row.remove();
    });

// What axe-core finds wrong with names, roles, headings, landmarks, language. Contrast is measured
// by contrast.mjs, which knows drawings too.
export async function audit(page) {
    await page.evaluate(`${axe.source}; undefined`);
    const { violations } = await page.evaluate(() =>
        window.axe.run(document, {
            resultTypes: ['violations'],
            rules: { 'color-contrast': { enabled: false } },
        }),
    );
    return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160))}`,
    );
}

// The accessibility tree, as screen readers get it: [{role, name}] of what is not ignored.
export async function accessible(page) {
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    return nodes
        .filter((node) => !node.ignored)
        .map((node) => ({ role: node.role?.value, name: (node.name?.value ?? '').trim() }));
}
