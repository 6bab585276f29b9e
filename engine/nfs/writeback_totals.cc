#include "nfs/writeback_totals.h"

namespace nfstriage::nfs {

void describe(const WritebackTotals& totals, Visitor& visitor) {
    visitor.object(totals.address.is_null() ? "" : totals.kType, totals.address);
    visitor.column("hostname", totals.hostname, "the server's name");
    visitor.column("path", totals.path, "where it is mounted first");
    visitor.column("files", totals.files, "files with something to write");
    visitor.column("requests", totals.requests, "their nfs_pages");
    visitor.column("dirty_bytes", totals.dirty, "not sent yet", "bytes");
    visitor.column("writeback_bytes", totals.under_writeback, "being written", "bytes");
    visitor.column("unstable_bytes", totals.unstable, "written, not committed yet", "bytes");
    visitor.column("at_risk_bytes", totals.at_risk,
                   "lost if the host does not come back; each byte once", "bytes");
    visitor.detail("inodes", totals.inodes, "NFS inodes in memory");
    visitor.detail("active_inodes", totals.active_inodes,
                   "of these, open, locked, dirty, with requests or with a write error");
    visitor.detail("writeback_pages", totals.writeback_pages,
                   "pages under writeback, as nfs_server.writeback counts them");
    visitor.detail("oldest_write_ns", totals.oldest_write, "age of the oldest task that writes");
}

}  // namespace nfstriage::nfs
