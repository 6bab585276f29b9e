#include "nfs/writeback_requests.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "nfs/check_writeback.h"
#include "nfs/nfs_inode.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::string_view kInode = NfsInode::kType;
constexpr std::uint64_t kFmodeWrite = 2;  // FMODE_WRITE, include/linux/fs.h
constexpr std::uint64_t kFirstAddress = 4096;
constexpr const char* kGroup = "a group of nfs_pages";
constexpr std::size_t kBatch = 512;  // pages announced at once

// Announces objects of `size` bytes that will be read, in the order of their pages.
void announce(const dump::Memory& memory, const std::vector<VAddr>& objects, std::uint64_t size) {
    constexpr std::uint64_t kPage = 4096;
    std::vector<std::uint64_t> pages;
    for (VAddr object : objects)
        for (std::uint64_t page = object.value / kPage; page <= (object.value + size - 1) / kPage;
             ++page)
            pages.push_back(page);
    std::sort(pages.begin(), pages.end());
    pages.erase(std::unique(pages.begin(), pages.end()), pages.end());
    pages.resize(std::min(pages.size(), kBatch));
    std::vector<dump::VRange> ranges;
    for (std::uint64_t page : pages) ranges.push_back({VAddr{page * kPage}, 1});
    memory.prefetch(ranges);
}

// Where a commit_mutex is held somebody may be changing the lists that it protects.
std::optional<bool> is_locked(const Object& nfs_inode) {
    auto owner = nfs_inode.number("commit_mutex.owner");
    return owner ? std::optional<bool>(*owner != 0) : std::nullopt;
}

}  // namespace

RequestSearch::RequestSearch(const Roots& roots) : roots_(roots), reader_(roots.reader) {}

void RequestSearch::search_tasks(const Listing<RpcTask>& tasks,
                                 const std::set<VAddr>& super_blocks) {
    if (!tasks.complete) tasks_missing_ = tasks.limited ? Reason::budget : Reason::not_dumped;
    auto io = roots_.reader.types().offset_of("struct nfs_pgio_header", "task");
    auto commit = roots_.reader.types().offset_of("struct nfs_commit_data", "task");
    if (!io || !commit) tasks_missing_ = Reason::no_type;
    for (const RpcTask& task : tasks.items) {
        if (!task.calldata) {
            tasks_missing_ = task.calldata.why();
            continue;
        }
        // These two carry their task inside of them and are its calldata.
        const VAddr calldata = *task.calldata;
        if (io && calldata + *io == task.address) {
            Object header = roots_.reader.object("struct nfs_pgio_header", calldata);
            auto mode = header.number("rw_mode");
            auto direct = header.pointer("dreq");
            if (!mode || !direct) {
                tasks_missing_ = mode ? direct.error().reason : mode.error().reason;
                continue;
            }
            search_header(header,
                          {(*mode & kFmodeWrite) != 0 ? &NfsPage::in_write : &NfsPage::in_read,
                           task.address, task.age, !direct->is_null()},
                          super_blocks);
        } else if (commit && calldata + *commit == task.address) {
            Object data = roots_.reader.object("struct nfs_commit_data", calldata);
            auto direct = data.pointer("dreq");
            search_header(
                data, {&NfsPage::in_commit, task.address, task.age, direct && !direct->is_null()},
                super_blocks);
        }
    }
}

void RequestSearch::search_header(const Object& header, const Carrier& carrier,
                                  const std::set<VAddr>& super_blocks) {
    auto inode = header.follow("inode");
    auto super_block = header.pointer("inode->i_sb");
    if (!inode || !super_block) {
        tasks_missing_ = inode ? super_block.error().reason : inode.error().reason;
        return;
    }
    // What looks like a header of NFS and belongs to no NFS file is something else.
    if (super_blocks.count(*super_block) == 0) return;
    auto nfs_inode = inode->container(kInode, "vfs_inode");
    auto pages = header.at("pages");
    if (!nfs_inode || !pages) return;
    bool complete =
        search_list({*pages, header, "pages", *nfs_inode, std::nullopt}, [&](NfsPage& request) {
            request.*carrier.in = true;
            request.task = carrier.task;
            request.age = carrier.age;
            request.direct = carrier.direct;
        });
    if (!complete) tasks_missing_ = Reason::not_dumped;
}

bool RequestSearch::search_list(const ListPlace& place, const std::function<void(NfsPage&)>& mark) {
    Budget budget = roots_.budget();
    auto walk = kernel::list(place.head, NfsPage::kType, "wb_list", budget);
    if (!walk.complete)
        miss(place.nfs_inode, walk.why,
             fmt::format("nfs_pages of {} of {} {}, {} seen", place.name, place.owner.type(),
                         hex(place.owner.address()), walk.objects.size()));
    if (walk.damage)
        damaged.push_back({std::string(place.name), place.owner, place.locked, *walk.damage});
    VAddr inode = place.nfs_inode.address();
    for (const Object& request : walk.objects) {
        mark(add(reader_.read(request.address()), inode));
        add_group(request.address(), inode);
    }
    return walk.complete;
}

void RequestSearch::search_commit_list(const ListPlace& place) {
    if (!search_list(place, [](NfsPage& request) { request.on_commit_list = true; }))
        lists_missing_.try_emplace(place.nfs_inode.address(), Reason::not_dumped);
}

void RequestSearch::search_inode(const Object& nfs_inode) {
    search_commit_lists(nfs_inode);
    if (!all_found(nfs_inode)) search_page_cache(nfs_inode);
}

void RequestSearch::search_commit_lists(const Object& nfs_inode) {
    auto list = nfs_inode.at("commit_info.list");
    if (list) {
        search_commit_list({*list, nfs_inode, "commit_info.list", nfs_inode, is_locked(nfs_inode)});
    } else {
        lists_missing_.try_emplace(nfs_inode.address(), list.error().reason);
        miss(nfs_inode, list.error(), "commit_info.list");
    }
    auto commits = pnfs_commit_info(nfs_inode);
    if (!commits) {
        if (commits.error().reason == Reason::null) return;
        lists_missing_.try_emplace(nfs_inode.address(), commits.error().reason);
        return miss(nfs_inode, commits.error(), "commit lists of its layout");
    }
    if (commits->has("buckets")) return search_buckets(*commits, nfs_inode);
    // One array for each layout segment in 5.10.
    Budget budget = roots_.budget();
    auto arrays =
        kernel::list(*commits, "commits", "struct pnfs_commit_array", "cinfo_list", budget);
    if (!arrays.complete) {
        lists_missing_.try_emplace(nfs_inode.address(), arrays.why.reason);
        miss(nfs_inode, arrays.why, "commit lists of its layout");
    }
    for (const Object& array : arrays.objects) search_buckets(array, nfs_inode);
}

void RequestSearch::search_buckets(const Object& array, const Object& nfs_inode) {
    auto count = array.number("nbuckets");
    auto member = roots_.reader.types().member(array.type(), "buckets");
    auto size = roots_.reader.types().size_of("struct pnfs_commit_bucket");
    // A pointer to them, or the end of the structure itself.
    auto begin = member && member->type.kind == layout::TypeKind::pointer
                     ? array.pointer("buckets")
                     : array.address_of("buckets");
    if (!count || !begin || !size) {
        const Unknown& why = !count ? count.error() : !begin ? begin.error() : size.error();
        lists_missing_.try_emplace(nfs_inode.address(), why.reason);
        return miss(nfs_inode, why, "commit lists of its layout");
    }
    Budget budget = roots_.budget();
    for (std::uint64_t i = 0; i < *count && budget.spend(); ++i) {
        Object bucket = roots_.reader.object("struct pnfs_commit_bucket", *begin + i * *size);
        for (std::string_view name : {"written", "committing"})
            if (auto list = bucket.at(name))
                search_commit_list({*list, bucket, name, nfs_inode, is_locked(nfs_inode)});
    }
}

// Every request of the page cache that is counted in nrequests has PG_INODE_REF.
bool RequestSearch::all_found(const Object& nfs_inode) const {
    auto expected = nfs_inode.number("nrequests");
    if (!expected) return false;
    auto counted = counted_.find(nfs_inode.address());
    return *expected == (counted == counted_.end() ? 0 : counted->second);
}

void RequestSearch::search_page_cache(const Object& nfs_inode) {
    auto tree = nfs_inode.at("vfs_inode.i_data.i_pages");
    if (!tree) return miss(nfs_inode, tree.error(), "page cache");
    auto attached = reader_.folios().mask("PG_private");
    if (!attached) return miss(nfs_inode, attached.error(), "page cache");
    Budget budget = roots_.budget();
    auto pages = kernel::xarray(*tree, budget);
    if (!pages.complete)
        miss(nfs_inode, pages.why, fmt::format("page cache, {} pages seen", pages.entries.size()));

    std::vector<VAddr> addresses, requests_there;
    for (const kernel::Entry& entry : pages.entries) addresses.push_back(entry.pointer);
    announce(roots_.reader.memory(), addresses, reader_.folios().size().value_or(64));
    std::vector<Folio> found;
    std::uint64_t unread = 0;
    std::optional<Unknown> why;
    for (VAddr address : addresses) {
        Folio folio = reader_.folios().read(address);
        if (!folio.flags || !folio.request) {
            why = Unknown{folio.flags ? folio.request.why() : folio.flags.why(), hex(address)};
            ++unread;
        } else if ((*folio.flags & *attached) != 0 && !folio.request->is_null()) {
            found.push_back(folio);
            requests_there.push_back(*folio.request);
        }
    }
    if (why) miss(nfs_inode, *why, fmt::format("{} pages of the page cache", unread));
    announce(roots_.reader.memory(), requests_there,
             roots_.reader.types().size_of(NfsPage::kType).value_or(128));
    for (const Folio& folio : found) add_of_folio(folio, nfs_inode.address());
}

void RequestSearch::add_of_folio(const Folio& folio, VAddr nfs_inode) {
    // netfs keeps small numbers there (NETFS_FOLIO_COPY_TO_CACHE, in 6.12).
    if (folio.request->value < kFirstAddress || index_.count(*folio.request) != 0) return;
    NfsPage request = reader_.read(*folio.request);
    if (request.folio ? *request.folio != folio.address
                      : !is_object_address(roots_.reader, *folio.request)) {
        strange.push_back({folio, nfs_inode});
    } else if (!request.folio) {
        miss(roots_.reader.object(kInode, nfs_inode), {request.folio.why(), hex(*folio.request)},
             "an nfs_page");
    } else {
        add(std::move(request), nfs_inode);
        add_group(*folio.request, nfs_inode);
    }
}

NfsPage& RequestSearch::add(NfsPage request, VAddr nfs_inode) {
    auto [known, is_new] = index_.try_emplace(request.address, requests.size());
    if (!is_new) return requests[known->second];
    request.inode = nfs_inode;
    auto [fileid, unasked] = fileids_.try_emplace(nfs_inode);
    if (unasked)
        fileid->second = roots_.reader.object(kInode, nfs_inode).get<std::uint64_t>("fileid");
    request.fileid = fileid->second;
    if (reader_.has(request, "PG_INODE_REF").value_or(false)) ++counted_[nfs_inode];
    requests.push_back(std::move(request));
    return requests.back();
}

// The ring that `first` is in, by wb_this_page.
void RequestSearch::add_group(VAddr first, VAddr nfs_inode) {
    Budget budget = roots_.budget();
    for (VAddr at = first; budget.spend();) {
        const NfsPage& request = requests[index_.at(at)];
        Field<VAddr> next = request.next;
        VAddr head = request.head ? *request.head : first;
        if (!next || next->is_null()) {
            broken_rings_.try_emplace(head, next ? Reason::corrupt : next.why());
            if (!next) miss(roots_.reader.object(kInode, nfs_inode), {next.why(), hex(at)}, kGroup);
            return;
        }
        // Around, or where somebody went around before.
        if (index_.count(*next) != 0) return;
        NfsPage member = reader_.read(*next);
        if (!member.head || *member.head != head) {
            broken_rings_.try_emplace(head, member.head ? Reason::corrupt : member.head.why());
            if (!member.head)
                miss(roots_.reader.object(kInode, nfs_inode), {member.head.why(), hex(*next)},
                     kGroup);
            return;
        }
        at = *next;
        add(std::move(member), nfs_inode);
    }
}

void RequestSearch::finish() {
    std::vector<VAddr> folios;
    for (const NfsPage& request : requests) {
        if (request.folio) folios.push_back(*request.folio);
        if (request.head) ++group_sizes_[*request.head];
    }
    announce(roots_.reader.memory(), folios, reader_.folios().size().value_or(64));
    for (NfsPage& request : requests) finish(request);
    for (NfsPage& request : requests) {
        auto head = request.head ? index_.find(*request.head) : index_.end();
        request.state =
            state_of(request, head == index_.end() ? request : requests[head->second], reader_);
    }
    // nrequests does not count all members of a group: that the others were found is no comfort.
    std::unordered_set<VAddr> of_lost_groups;
    for (const NfsPage& request : requests) {
        auto broken = request.head ? broken_rings_.find(*request.head) : broken_rings_.end();
        if (broken != broken_rings_.end() && broken->second != Reason::corrupt)
            of_lost_groups.insert(*request.inode);
    }
    for (auto& [inode, miss] : misses_) {
        miss.all_counted_found =
            of_lost_groups.count(inode) == 0 && all_found(roots_.reader.object(kInode, inode));
        if (miss.all_counted_found) continue;
        for (std::string& gap : miss.gaps) gaps.push_back(std::move(gap));
        limited = limited || miss.why == Reason::budget;
    }
    if (!tasks_missing_) return;
    gaps.push_back("nfs_pages that only RPCs carry: " + std::string(to_string(*tasks_missing_)));
    limited = limited || *tasks_missing_ == Reason::budget;
}

void RequestSearch::finish(NfsPage& request) {
    if (request.folio) {
        const Folio folio = reader_.folios().read(*request.folio);
        request.folio_flags = reader_.folios().named(folio.flags);
        request.folio_mapping = folio.mapping;
        auto attached = reader_.folios().has(request.folio_flags, "PG_private");
        if (attached && folio.request)
            request.on_folio = *attached && *folio.request == request.address;
        else
            request.on_folio = attached ? folio.request.why() : attached.error().reason;
    } else {
        request.folio_flags = request.folio.why();
        request.on_folio = request.folio.why();
    }
    if (request.head) {
        auto broken = broken_rings_.find(*request.head);
        if (broken == broken_rings_.end())
            request.group_size = group_sizes_[*request.head];
        else
            request.group_size = broken->second;
    } else {
        request.group_size = request.head.why();
    }
    if (!request.on_commit_list.is(true)) {
        auto missing = lists_missing_.find(*request.inode);
        request.on_commit_list =
            missing == lists_missing_.end() ? Field<bool>(false) : Field<bool>(missing->second);
    }
    for (Field<bool> NfsPage::*in : {&NfsPage::in_write, &NfsPage::in_read, &NfsPage::in_commit}) {
        if ((request.*in).is(true)) continue;
        request.*in = tasks_missing_ ? Field<bool>(*tasks_missing_) : Field<bool>(false);
    }
    if (request.task) return;
    // No task carries it, or we do not know.
    request.task = tasks_missing_ ? Field<VAddr>(*tasks_missing_) : Field<VAddr>(VAddr{});
    request.age = tasks_missing_.value_or(Reason::null);
    request.direct = tasks_missing_ ? Field<bool>(*tasks_missing_) : Field<bool>(false);
}

std::optional<Reason> RequestSearch::missing(VAddr nfs_inode) const {
    auto miss = misses_.find(nfs_inode);
    if (miss == misses_.end() || miss->second.all_counted_found) return std::nullopt;
    return miss->second.why;
}

std::optional<Reason> RequestSearch::missing_uncounted(VAddr nfs_inode) const {
    auto miss = misses_.find(nfs_inode);
    return miss == misses_.end() ? tasks_missing_ : miss->second.why;
}

void RequestSearch::miss(const Object& nfs_inode, const Unknown& why, const std::string& what) {
    Miss& miss = misses_.try_emplace(nfs_inode.address(), Miss{why.reason, {}}).first->second;
    miss.gaps.push_back(
        fmt::format("nfs_inode {}: {}: {}", hex(nfs_inode.address()), what, to_string(why)));
}

}  // namespace nfstriage::nfs
