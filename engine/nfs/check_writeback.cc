// The legal states of an nfs_page: wb_flags, wb_kref, what its folio says, which list has it, and
// whether its group's ring closes. Each row names the kernel code that relies on it.
//
// The kernel changes several of these words one after the other, and a crash may stop it between
// two of them. A row is therefore decided only where that is excluded: PG_BUSY, i_private_lock,
// commit_mutex, PG_HEADLOCK or the folio's lock is free, or the order of the changes forbids it.
#include "nfs/check_writeback.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace nfstriage::nfs {
namespace {

using kernel::Object;
using kernel::Reader;

bool yes(const std::optional<bool>& fact) { return fact == true; }
bool no(const std::optional<bool>& fact) { return fact == false; }
bool yes(const Field<bool>& fact) { return fact.is(true); }
bool no(const Field<bool>& fact) { return fact.is(false); }

bool is_listed(const NfsPage& request) {
    return yes(request.on_folio) || yes(request.on_commit_list) || yes(request.in_write) ||
           yes(request.in_commit);
}

struct Row {
    std::string_view check;
    bool (*illegal)(const RequestView& view);
    std::string_view expected, meaning;
};

constexpr std::uint64_t kSaturated = 0x80000000;  // refcount_t, include/linux/refcount.h

const Row kRows[] = {
    {"nfs_page_references",
     // What leads to a request holds a reference to it: PG_INODE_REF's, or that of its carrier.
     [](const RequestView& view) {
         const auto& references = view.request->references;
         return references && (*references == 0 || *references >= kSaturated) &&
                is_listed(*view.request);
     },
     "wb_kref 1 or more while a folio, a commit list or a task leads to it",
     "it was released too often: nfs_free_request() freed it, or will, while it is still in use"},
    {"nfs_page_mapped",
     // nfs_inode_add_request() and nfs_inode_remove_request() change both under i_private_lock,
     // with the request locked.
     [](const RequestView& view) {
         return yes(view.request->on_folio) && no(view.mapped) && no(view.busy) &&
                no(view.private_lock);
     },
     "PG_MAPPED while its folio's private word leads to it",
     "nfs_inode_remove_request() will not take it off its folio"},
    {"nfs_page_mapped",
     [](const RequestView& view) {
         return no(view.request->on_folio) && yes(view.mapped) && no(view.busy) &&
                no(view.private_lock) && no(view.swapcache) &&
                view.request->head.is(view.request->address);
     },
     "its folio's private word leads to it while PG_MAPPED is set",
     "nfs_folio_find_head_request() does not find it, and its bytes are never written"},
    {"nfs_page_inode_ref",
     // A group takes its folio off only when all of its members are done, so only one alone tells.
     [](const RequestView& view) {
         return yes(view.request->on_folio) && no(view.inode_ref) && no(view.busy) &&
                yes(view.alone) && no(view.private_lock);
     },
     "PG_INODE_REF while its folio's private word leads to it and it is not locked",
     "nothing holds the request that its folio leads to; nrequests does not count it"},
    {"nfs_page_folio_mapping",
     // A folio leaves its file only after nfs_invalidate_folio() or nfs_release_folio() took the
     // request off.
     [](const RequestView& view) {
         return yes(view.request->on_folio) && no(view.swapcache) && view.inode_mapping &&
                view.request->folio_mapping && *view.request->folio_mapping != *view.inode_mapping;
     },
     "folio.mapping is the file's i_data while the folio has a request",
     "nfs_inode_remove_request() and nfs_page_async_flush() take the inode from folio.mapping"},
    {"nfs_page_in_flight",
     // nfs_list_remove_request() comes before nfs_unlock_request().
     [](const RequestView& view) {
         return (yes(view.request->in_write) || yes(view.request->in_commit)) &&
                yes(view.inode_ref) && no(view.busy);
     },
     "PG_BUSY while a WRITE or COMMIT has it",
     "others may change, send or free it meanwhile; nfs_unlock_request() will unlock it twice"},
    {"nfs_page_commit_list",
     // nfs_request_add_commit_list_locked() and nfs_request_remove_commit_list() change both under
     // commit_mutex.
     [](const RequestView& view) {
         return yes(view.request->on_commit_list) && no(view.clean) && no(view.commit_mutex);
     },
     "PG_CLEAN while it is on a commit list",
     "nfs_clear_request_commit() will not take it off the list before it is written again"},
    {"nfs_page_commit_list",
     [](const RequestView& view) {
         return no(view.request->on_commit_list) && yes(view.clean) && no(view.commit_mutex) &&
                yes(view.mapped) && no(view.layout);
     },
     "on its inode's commit list while PG_CLEAN is set",
     "no COMMIT will ever be sent for its bytes"},
    {"nfs_page_stranded",
     // Only the holder of the folio's lock takes its dirty flag before it locks the request.
     [](const RequestView& view) {
         return yes(view.request->on_folio) && no(view.busy) && no(view.clean) && no(view.dirty) &&
                no(view.writeback) && no(view.locked) && yes(view.alone);
     },
     "the folio is dirty or under writeback, or the request locked or on a commit list",
     "nobody will write it: nfs_wb_folio() loops on a folio that has a request and is not dirty"},
};

// What needs a look at who runs: nfs_page_end_writeback() unlocks a request just before it ends its
// folio's writeback, so the state exists for moments.
const Row kUnlocked = {
    "nfs_page_unlocked_in_writeback",
    [](const RequestView& view) {
        return yes(view.request->on_folio) && no(view.busy) && yes(view.writeback) &&
               yes(view.alone) && no(view.wb_end);
    },
    "PG_BUSY until nfs_unlock_request(), right before the folio's writeback ends",
    "nobody, or only a task that crashed, is between these two: the request was unlocked before "
    "its "
    "time, which nfs_unlock_request() took for a bug up to v5.x"};

std::string words(const Flags& flags) {
    std::string names;
    for (const std::string& name : flags.names()) names += (names.empty() ? "" : "|") + name;
    return fmt::format("{:#x}{}", flags.bits, names.empty() ? "" : " (" + names + ")");
}

std::string found(const NfsPage& request) {
    std::string text = "wb_flags ";
    text += request.flags ? words(*request.flags) : "unknown";
    if (request.references) text += fmt::format(", wb_kref {}", *request.references);
    if (request.folio) text += ", folio " + hex(*request.folio);
    if (request.folio_flags) text += " flags " + words(*request.folio_flags);
    if (yes(request.on_commit_list)) text += ", on a commit list";
    if (yes(request.in_write)) text += ", in a WRITE";
    if (yes(request.in_commit)) text += ", in a COMMIT";
    return text;
}

Finding finding(std::string_view check, std::string_view type, VAddr address, std::string found,
                std::string_view expected, std::string_view meaning) {
    Finding finding;
    finding.check = std::string(check);
    finding.type = std::string(type);
    finding.address = address;
    finding.found = std::move(found);
    finding.expected = std::string(expected);
    finding.meaning = std::string(meaning);
    return finding;
}

Finding finding(const Row& row, const NfsPage& request) {
    return finding(row.check, NfsPage::kType, request.address, found(request), row.expected,
                   row.meaning);
}

// What is held of an inode.
struct InodeView {
    std::optional<bool> private_lock, commit_mutex, layout;
    std::optional<VAddr> mapping;
};

std::optional<bool> held(const Object& object, std::string_view lock) {
    auto word = object.number(lock);
    return word ? std::optional<bool>(*word != 0) : std::nullopt;
}

class Checker {
public:
    Checker(const Roots& roots, const WritebackState& state)
        : roots_(roots),
          state_(state),
          flags_(nfs_page_flags(roots.reader)),
          folio_flags_(nfs::folio_flags(roots.reader)) {
        for (const NfsPage& request : state.nfs_pages.items)
            known_.emplace(request.address, &request);
    }

    Listing<Finding> check() {
        for (const NfsPage& request : state_.nfs_pages.items) check(request);
        for (const DamagedList& list : state_.damaged_lists) check(list);
        for (const StrangeFolio& strange : state_.strange_folios) check(strange);
        return std::move(findings_);
    }

private:
    void add(Finding finding) { findings_.items.push_back(std::move(finding)); }

    const InodeView& inode_of(VAddr nfs_inode) {
        auto [known, is_new] = inodes_.try_emplace(nfs_inode);
        if (!is_new) return known->second;
        Object inode = roots_.reader.object(NfsInode::kType, nfs_inode);
        InodeView& view = known->second;
        // Renamed by 600f111ef51d.
        view.private_lock = held(inode, inode.first_of({"vfs_inode.i_data.i_private_lock",
                                                        "vfs_inode.i_data.private_lock"}));
        view.commit_mutex = held(inode, "commit_mutex.owner");
        view.layout = held(inode, "layout");
        if (auto at = inode.address_of("vfs_inode.i_data")) view.mapping = *at;
        return view;
    }

    static std::optional<bool> bit(const FlagNames& names, const Field<Flags>& word,
                                   std::string_view flag) {
        auto mask = names.mask(flag);
        if (!mask || !word) return std::nullopt;
        return (word->bits & *mask) != 0;
    }

    RequestView view_of(const NfsPage& request) {
        RequestView view;
        view.request = &request;
        auto own = [&](std::string_view flag) { return bit(flags_, request.flags, flag); };
        auto folio = [&](std::string_view flag) {
            return bit(folio_flags_, request.folio_flags, flag);
        };
        view.busy = own("PG_BUSY");
        view.mapped = own("PG_MAPPED");
        view.clean = own("PG_CLEAN");
        view.inode_ref = own("PG_INODE_REF");
        view.headlock = own("PG_HEADLOCK");
        view.teardown = own("PG_TEARDOWN");
        view.wb_end = own("PG_WB_END");
        view.dirty = folio("PG_dirty");
        view.writeback = folio("PG_writeback");
        view.locked = folio("PG_locked");
        view.swapcache = folio("PG_swapbacked");
        if (request.next) view.alone = *request.next == request.address;
        const InodeView& inode = inode_of(*request.inode);
        view.private_lock = inode.private_lock;
        view.commit_mutex = inode.commit_mutex;
        view.layout = inode.layout;
        view.inode_mapping = inode.mapping;
        return view;
    }

    void check(const NfsPage& request) {
        RequestView view = view_of(request);
        for (const Row& row : kRows)
            if (row.illegal(view)) add(finding(row, request));
        if (kUnlocked.illegal(view)) {
            auto used = is_in_use(roots_, request.address);
            if (!used)
                findings_.add_gap("nfs_page " + hex(request.address) +
                                  ": who runs with it was not seen");
            else if (!*used)
                add(finding(kUnlocked, request));
        }
        check_links(view);
    }

    // wb_head and wb_this_page are set before anything leads to a request, and until it is freed.
    void check_links(const RequestView& view) {
        const NfsPage& request = *view.request;
        for (auto [name, link] :
             {std::pair("wb_head", &request.head), std::pair("wb_this_page", &request.next)}) {
            if (!*link || is_object_address(roots_.reader, **link) || !is_listed(request)) continue;
            return add(finding("nfs_page_group", NfsPage::kType, request.address,
                               fmt::format("{} {}, {}", name, hex(**link), found(request)),
                               "the address of an nfs_page: its own, or that of one of its group",
                               "nfs_page_group_lock() writes to what wb_head points to"));
        }
        if (!yes(request.on_folio) || !request.head) return;
        if (*request.head != request.address)
            return add(finding("nfs_page_group", NfsPage::kType, request.address,
                               fmt::format("wb_head {}, {}", hex(*request.head), found(request)),
                               "a folio's private word leads to the head of its group",
                               "nfs_folio_find_head_request() warns and goes on with a member"));
        if (no(view.headlock)) check_ring(request);
    }

    // Members are added under PG_HEADLOCK of the head; they are removed all at once.
    void check_ring(const NfsPage& head) {
        const NfsPage* at = &head;
        for (std::size_t steps = 0; steps <= known_.size(); ++steps) {
            if (!at->next || *at->next == head.address) return;
            auto next = known_.find(*at->next);
            if (next == known_.end()) {
                // The search stopped here: a member of another group, or one that was not read.
                auto member = roots_.reader.object(NfsPage::kType, *at->next).pointer("wb_head");
                if (!member || *member == head.address) return;
                return add(broken(head, *at, fmt::format("whose wb_head is {}", hex(*member))));
            }
            at = next->second;
            if (at->head && *at->head != head.address)
                return add(broken(head, *at, fmt::format("whose wb_head is {}", hex(*at->head))));
        }
        add(broken(head, *at, "and does not come back"));
    }

    static Finding broken(const NfsPage& head, const NfsPage& at, const std::string& why) {
        return finding("nfs_page_group", NfsPage::kType, head.address,
                       fmt::format("its ring leads over {} to {}, {}; {}", hex(at.address),
                                   at.next ? hex(*at.next) : "?", why, found(head)),
                       "wb_this_page leads around the group, back to its head",
                       "nfs_page_group_sync_on_bit() and nfs_lock_and_join_requests() walk it");
    }

    // Links of wb_list are changed with list_del_init(), which leaves no poison.
    void check(const DamagedList& list) {
        const bool garbage = !is_object_address(roots_.reader, list.damage.found);
        if (!garbage && !no(list.locked)) return;
        add(finding("nfs_page_list", list.owner.type(), list.owner.address(),
                    fmt::format("{}: {} points back to {}", list.list, hex(list.damage.node),
                                hex(list.damage.found)),
                    fmt::format("{}, the one before it", hex(list.damage.expected)),
                    "nfs_list_remove_request() writes to both neighbours"));
    }

    void check(const StrangeFolio& strange) {
        if (!no(inode_of(strange.inode).private_lock)) return;
        const VAddr request = *strange.folio.request;
        std::string found = "private leads to " + hex(request);
        auto folio = NfsPageReader(roots_.reader).read(request).folio;
        if (folio)
            found += ", whose folio is " + hex(*folio);
        else if (is_object_address(roots_.reader, request))
            return;
        add(finding("nfs_page_folio", "struct folio", strange.folio.address, std::move(found),
                    "private leads to a request of this folio",
                    "nfs_folio_find_head_request() takes it for an nfs_page of this folio"));
    }

    const Roots& roots_;
    const WritebackState& state_;
    FlagNames flags_, folio_flags_;
    std::unordered_map<VAddr, const NfsPage*> known_;
    std::unordered_map<VAddr, InodeView> inodes_;
    Listing<Finding> findings_;
};

}  // namespace

bool is_object_address(const Reader& reader, VAddr address) {
    if (address.value % 8 != 0 || address.value > ~std::uint64_t{4095}) return false;
    // Kernel addresses of 57 bits begin with 8 ones, those of 52 with 12; aarch64 may put a tag
    // into the first 8.
    return reader.dump().arch() == Arch::aarch64 ? (address.value >> 52 & 0xf) == 0xf
                                                 : address.value >> 56 == 0xff;
}

Listing<Finding> check(const Roots& roots, const WritebackState& state) {
    return Checker(roots, state).check();
}

}  // namespace nfstriage::nfs
