#include "nfs/nfsd_file.h"

#include <algorithm>
#include <array>

#include "nfs/macro_bits.h"
#include "nfs/nfsd_text.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// NFSD_FILE_HASH_SIZE of fs/nfsd/filecache.c, of the buckets: 1 << NFSD_FILE_HASH_BITS, always 12.
constexpr std::uint64_t kHashSize = 4096;

// Buckets became an rhashtable, and that an rhltable (6.1).
constexpr std::array<std::string_view, 3> kTables{"nfsd_file_rhltable", "nfsd_file_rhash_tbl",
                                                  "nfsd_file_hashtbl"};

// NFSD_MAY_* of fs/nfsd/vfs.h: those that say what a file is open for.
constexpr std::uint64_t kMayWrite = 2, kMayRead = 4;

// nfsd_file_hashtbl: a pointer to an array of struct nfsd_fcache_bucket.
Listing<Object> in_buckets(const Roots& roots, VAddr variable) {
    Listing<Object> files;
    auto first = roots.reader.memory().pointer(variable);
    if (!first) {
        files.add_gap(first.error(), "nfsd_files");
        return files;
    }
    if (first->is_null()) return files;  // nfsd does not run
    return walk_table(roots, *first, kHashSize, "struct nfsd_fcache_bucket", "nfsd_files",
                      [](const Object& bucket, Budget& budget) {
                          auto head = bucket.at("nfb_head");
                          if (head) return kernel::hlist(*head, NfsdFile::kType, "nf_node", budget);
                          kernel::Walk none;
                          none.complete = false;
                          none.why = head.error();
                          return none;
                      });
}

// Whether nfsd runs anywhere; where it does not, the table was freed and its variable left as it
// was.
bool is_in_use(const Roots& roots) {
    for (const NetNamespace& net : roots.nets.items) {
        bool is_absent = !net.nfsd && net.nfsd.error().reason == Reason::null;
        if (!is_absent && (!net.nfsd || is_nfsd_up(*net.nfsd).value_or(true))) return true;
    }
    return !roots.nets.complete;
}

Listing<Object> find_nfsd_files(const Roots& roots) {
    const layout::Symbols& symbols = roots.reader.symbols();
    if (!is_in_use(roots)) return {};
    for (std::string_view name : {kTables[0], kTables[1]}) {
        auto variable = symbols.address(name);
        if (!variable) continue;
        Listing<Object> files;
        bool is_list = name == kTables[0];
        Object table =
            roots.reader.object(is_list ? "struct rhltable" : "struct rhashtable", *variable);
        Budget budget = roots.budget();
        Object probe = roots.reader.object(NfsdFile::kType, VAddr{});
        auto walk = kernel::rhashtable(table, NfsdFile::kType,
                                       probe.first_of({"nf_rlist", "nf_rhash"}), budget);
        files.add_gap(walk, "nfsd_files");
        files.items = std::move(walk.objects);
        return files;
    }
    if (auto variable = symbols.address(kTables[2])) return in_buckets(roots, *variable);
    Listing<Object> none;
    // Kernels like 4.19 keep no files open. That the type is not described proves nothing: its
    // description may be what was lost.
    bool has_none = std::all_of(kTables.begin(), kTables.end(), [&](std::string_view name) {
        return is_absent(roots.reader, name);
    });
    if (!has_none) none.add_gap(Unknown{Reason::no_symbol, std::string(kTables[0])}, "nfsd_files");
    return none;
}

NfsdFile read_nfsd_file(const Roots& roots, const BitNames& names, const Object& file) {
    NfsdFile result;
    result.address = file.address();
    result.file = file.get<VAddr>("nf_file");
    result.inode = file.get<VAddr>("nf_inode");
    result.inode_number = file.get<std::uint64_t>("nf_file->f_inode->i_ino");
    result.net = file.get<VAddr>("nf_net");
    if (auto open = file.follow("nf_file")) {
        auto path = open->at("f_path");
        result.path = path ? path_text(*path) : Field<std::string>(path.error().reason);
    } else {
        result.path = open.error().reason;
    }
    auto flags = file.get<std::uint64_t>("nf_flags");
    result.flags = names.flags(flags);
    if (names.number("NFSD_FILE_GC"))
        result.garbage_collected = names.is_set(flags, "NFSD_FILE_GC");
    result.references = file.get<std::uint64_t>("nf_ref");
    auto may = file.get<std::uint64_t>("nf_may");
    if (may) {
        std::string text = (*may & kMayRead) != 0 ? "read" : "";
        if ((*may & kMayWrite) != 0) text += text.empty() ? "write" : "|write";
        result.access = {text, may.origin()};
    } else {
        result.access = {may.why(), may.origin()};
    }
    auto next = file.get<VAddr>("nf_lru.next");
    auto self = file.address_of("nf_lru");
    if (next && self)
        result.on_lru = Field<bool>(*next != *self && !next->is_null(), next.origin());
    else
        result.on_lru = {next.why(), next.origin()};
    auto born = file.get<std::int64_t>("nf_birthtime");
    result.age = born ? Field<Duration>(roots.clock.since_ktime(*born))
                      : Field<Duration>(born.why(), born.origin());
    result.uid = file.get<std::uint64_t>("nf_cred->fsuid");
    return result;
}

}  // namespace

void describe(const NfsdFile& file, Visitor& visitor) {
    visitor.object(file.kType, file.address);
    visitor.column("path", file.path, "path of the file on this host");
    visitor.detail("file", file.file, "struct file; 0: not opened yet");
    visitor.detail("inode", file.inode, "struct inode");
    visitor.column("inode_number", file.inode_number, "its number");
    visitor.detail("net", file.net, "struct net of the nfsd that opened it");
    visitor.column("references", file.references, "nf_ref");
    visitor.column("access", file.access, "what it was opened for");
    visitor.column("flags", file.flags, "nf_flags");
    visitor.detail("garbage_collected", file.garbage_collected,
                   "closed some time after its last use: NFSD_FILE_GC");
    visitor.column("on_lru", file.on_lru, "unused, on the list of files to be closed");
    visitor.column("age_ns", file.age, "since it was opened, nf_birthtime");
    visitor.detail("uid", file.uid, "user that it was opened as");
}

Listing<NfsdFile> read_nfsd_files(const Roots& roots) {
    auto found = find_nfsd_files(roots);
    Listing<NfsdFile> files;
    files.add_gaps(found);
    const BitNames names(roots.reader, "nfsd_file.nf_flags");
    for (const Object& file : found.items)
        files.items.push_back(read_nfsd_file(roots, names, file));
    return files;
}

}  // namespace nfstriage::nfs
