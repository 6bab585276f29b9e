// The pages under test, made by the program of the build: of the samples, of logs written here, and
// the largest of the corpus of real dumps.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const samples = fileURLToPath(new URL('../../samples/', import.meta.url));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nfstriage-page-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

// One CPU spins under NFS, another finds a bug on the way, and the panic follows.
const LOG = `
[    3.000000] RPC: Registered tcp transport module.
[   10.000000] nfs: server 10.9.9.1 not responding, still trying
[   24.500000] watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [dd:4711]
[   24.500001] CPU: 3 PID: 4711 Comm: dd Not tainted 5.10.0-made-up #1
[   24.500002] RIP: 0010:nfs_made_up_function+0x12/0x80 [nfs]
[   24.500003] Call Trace:
[   24.500004]  nfs_file_write+0x40/0x200 [nfs]
[   24.500005]  vfs_write+0xb0/0x250
[   24.600000] BUG: kernel NULL pointer dereference, address: 0000000000000018
[   24.600001] #PF: supervisor read access in kernel mode
[   24.600002] Oops: 0000 [#1] SMP PTI
[   24.600003] CPU: 1 PID: 815 Comm: kworker/u8:2 Not tainted 5.10.0-made-up #1
[   24.600004] RIP: 0010:rpc_made_up_function+0x12/0x80 [sunrpc]
[   24.600005] Call Trace:
[   24.600006]  rpc_async_schedule+0x29/0x40 [sunrpc]
[   24.600007]  process_one_work+0x1b6/0x350
[   24.600008] ---[ end trace 0123456789abcdef ]---
[   24.700000] Kernel panic - not syncing: Fatal exception
`;

const NOT_NFS = `
[  100.000000] sysrq: Trigger a crash
[  100.000001] Kernel panic - not syncing: sysrq triggered crash
[  100.000002] CPU: 0 PID: 1 Comm: bash Not tainted 6.1.0-made-up #1
[  100.000003] Call Trace:
[  100.000004]  panic+0x118/0x2f6
[  100.000005]  sysrq_handle_crash+0x16/0x20
[  100.000006]  __handle_sysrq+0x9b/0x170
[  100.000007]  write_sysrq_trigger+0x24/0x40
`;

export const MARKUP = '</script><img src=x onerror=alert(1)>';
const HOSTILE = LOG.replaceAll('[dd:4711]', `[${MARKUP}:4711]`)
    .replaceAll('Comm: dd', `Comm: ${MARKUP}`)
    .replaceAll('nfs: server 10.9.9.1', `nfs: server \x1b[2J\x07\u202e${MARKUP}`)
    .replaceAll('syncing: Fatal exception', `syncing: ${MARKUP}"'&lt;\x7f\x1b]0;x\x07`);

// The page of an input that is given as options of `analyze`. Profiles of earlier analyses are not
// seen; `variables` change the environment.
export function make(name, options, variables = {}) {
    const file = path.join(folder, `${name}.html`);
    execFileSync(
        process.env.NFSTRIAGE_PROGRAM,
        ['analyze', '--format', 'html', '-o', file, ...options],
        {
            env: { ...process.env, XDG_CACHE_HOME: '/nonexistent', ...variables },
            stdio: ['ignore', 'ignore', 'inherit'],
        },
    );
    return file;
}

function ofLog(name, text) {
    const file = path.join(folder, `${name}.log`);
    fs.writeFileSync(file, text.trimStart());
    return make(name, [file]);
}

const known = path.join(samples, 'cases', '000-x86_64');
export const DUMP = path.join(samples, 'unlock-request-bug-x86_64.vmcore');

export const pages = {
    'known bug, with a profile': make('known', [
        '--profile',
        path.join(known, 'kernel.nfsprofile'),
        path.join(known, 'vmcore'),
    ]),
    'candidate, from a dump': make('dump', [DUMP]),
    'dump of aarch64': make('aarch64', [path.join(samples, 'xprt-lock-softlockup-aarch64.vmcore')]),
    log: ofLog('log', LOG),
    'not NFS': ofLog('not_nfs', NOT_NFS),
    hostile: ofLog('hostile', HOSTILE),
};

// The corpus' dumps; [] without a corpus.
function corpusDumps() {
    const root = process.env.NFSTRIAGE_CORPUS && path.join(process.env.NFSTRIAGE_CORPUS, 'dumps');
    if (!root || !fs.existsSync(root)) return [];
    return fs
        .readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap((entry) =>
            fs
                .readdirSync(path.join(root, entry.name))
                .map((name) => path.join(root, entry.name, name)),
        )
        .filter((file) => /\.vmcore(\.xz)?$/.test(file))
        .sort();
}

export const corpus = corpusDumps().map((dump, index) => make(`corpus-${index}`, [dump]));
if (corpus.length) {
    pages['largest of the corpus'] = corpus.reduce((one, other) =>
        fs.statSync(one).size >= fs.statSync(other).size ? one : other,
    );
}
