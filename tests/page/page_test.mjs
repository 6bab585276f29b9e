// Pages of `nfstriage analyze --format html` as people meet them in a browser. tests/page/run calls
// this.
import { after } from 'node:test';

import { stop } from './browser.mjs';
import './every_page.mjs';
import './evidence_and_stacks.mjs';
import './state_search.mjs';
import './drawings.mjs';
import './hostile.mjs';

after(stop);
