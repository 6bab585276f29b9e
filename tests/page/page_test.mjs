// Pages of `nfstriage analyze --format html` as people meet them in a browser. tests/page/run calls
// this.
import { after } from 'node:test';

import { start, stop } from './browser.mjs';

try {
    await start();
} catch (error) {
    // As where a user may not make the namespaces of its sandbox.
    console.log(error.message);
    console.log('skipped: chromium does not start, see above');
    process.exit(77);
}
after(stop);

await import('./every_page.mjs');
await import('./evidence_and_stacks.mjs');
await import('./state_search.mjs');
await import('./drawings.mjs');
await import('./hostile.mjs');
