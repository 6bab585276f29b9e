#include "nfs/writeback_state.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "base/arrange.h"
#include "nfs/file_path.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// What is at stake of one file or of several. A byte that several requests cover counts once.
class Stake {
public:
    void add(const NfsPage& request) {
        if (!request.state) return lose(request.state.why());
        if (*request.state == "read" || *request.state == "direct") return;
        if (!request.position || !request.bytes)
            return lose(request.position ? request.bytes.why() : request.position.why());
        Range range{*request.position, *request.position + *request.bytes};
        all_.push_back(range);
        if (*request.state == "unstable" || *request.state == "committing")
            unstable_.push_back(range);
        else if (*request.state == "writeback")
            writeback_.push_back(range);
        else
            dirty_.push_back(range);
        if (request.in_write.is(true) && request.age && (!oldest_ || oldest_->ns < request.age->ns))
            oldest_ = *request.age;
        age_known_ = age_known_ && request.in_write.known();
    }
    // Something of it is not known.
    void lose(Reason why) {
        if (!lost_) lost_ = why;
    }

    void tell(NfsInode& inode) {
        inode.dirty = bytes(dirty_);
        inode.under_writeback = bytes(writeback_);
        inode.unstable = bytes(unstable_);
        inode.at_risk = bytes(all_);
        if (lost_ || !age_known_)
            inode.oldest_write = lost_.value_or(Reason::not_dumped);
        else if (oldest_)
            inode.oldest_write = *oldest_;
        else
            inode.oldest_write = Reason::null;
    }

private:
    struct Range {
        std::uint64_t begin, end;
        auto operator<=>(const Range&) const = default;
    };
    Field<std::uint64_t> bytes(std::vector<Range>& ranges) const {
        if (lost_) return *lost_;
        std::sort(ranges.begin(), ranges.end());
        std::uint64_t sum = 0, seen = 0;  // all below `seen` is counted
        for (const Range& range : ranges) {
            std::uint64_t begin = std::max(range.begin, seen);
            if (range.end > begin) sum += range.end - begin;
            seen = std::max(seen, range.end);
        }
        return sum;
    }

    std::vector<Range> all_, dirty_, writeback_, unstable_;
    std::optional<Duration> oldest_;
    bool age_known_ = true;
    std::optional<Reason> lost_;
};

// The longer of two ages; unknown if one is for another reason than that there is none.
void raise(Field<Duration>& oldest, const Field<Duration>& age) {
    if (!oldest && oldest.why() != Reason::null) return;
    if (!age && age.why() == Reason::null) return;
    if (!age || !oldest || oldest->ns < age->ns) oldest = age;
}

// Adds a number of one file to a sum that is unknown as soon as one is.
void add(Field<std::uint64_t>& sum, const Field<std::uint64_t>& value) {
    if (!sum) return;
    if (value)
        sum = *sum + *value;
    else
        sum = value.why();
}

class Reading {
public:
    Reading(const Roots& roots, const ClientState& client)
        : roots_(roots), client_(client), reader_(roots), search_(roots), paths_(client.mounts) {}

    WritebackState read(const SunrpcState& sunrpc) {
        state_.totals.items.push_back(zero());
        state_.totals.items.front().hostname = std::string("all");
        read_inodes();
        std::set<VAddr> super_blocks;
        for (const auto& [super_block, unused] : servers_) super_blocks.insert(super_block);
        search_.search_tasks(sunrpc.rpc_tasks, super_blocks);
        for (const NfsInode& inode : state_.nfs_inodes.items)
            if (inode.is_regular) search_.search_inode(object(inode.address));
        add_inodes_of_requests();
        search_.finish();
        settle_inodes();
        settle_requests();
        settle_totals();
        return std::move(state_);
    }

private:
    Object object(VAddr nfs_inode) const {
        return roots_.reader.object(NfsInode::kType, nfs_inode);
    }
    static WritebackTotals zero() {
        WritebackTotals totals;
        for (auto member : kSums) totals.*member = std::uint64_t{0};
        totals.oldest_write = Reason::null;
        return totals;
    }

    void read_inodes() {
        for (const std::string& gap : client_.nfs_servers.gaps) lose(gap);
        for (bool* limited :
             {&state_.nfs_inodes.limited, &state_.nfs_pages.limited, &state_.totals.limited})
            *limited = client_.nfs_servers.limited;
        for (const NfsServer& server : client_.nfs_servers.items) {
            WritebackTotals totals = zero();
            totals.address = server.address;
            totals.hostname = server.hostname;
            totals.path = server.path;
            totals.writeback_pages = server.writeback_pages;
            const std::size_t place = state_.totals.items.size();
            if (!server.super_block) {
                lose("inodes of nfs_server " + hex(server.address) + ": " +
                     std::string(to_string(server.super_block.why())));
                totals.inodes = server.super_block.why();
            } else if (!server.super_block->is_null() &&
                       servers_.try_emplace(*server.super_block, place).second) {
                read_inodes(*server.super_block, server, totals);
            }
            state_.totals.items.push_back(std::move(totals));
        }
    }

    void read_inodes(VAddr super_block, const NfsServer& server, WritebackTotals& totals) {
        Budget budget = roots_.budget();
        auto walk = kernel::list(roots_.reader.object("struct super_block", super_block),
                                 "s_inodes", "struct inode", "i_sb_list", budget);
        if (walk.complete) {
            totals.inodes = walk.objects.size();
        } else {
            totals.inodes = walk.why.reason;
            lose("inodes of super_block " + hex(super_block) + ": " +
                 std::to_string(walk.objects.size()) + " seen, then " + to_string(walk.why));
        }
        for (const Object& inode : walk.objects) {
            auto nfs_inode = inode.container(NfsInode::kType, "vfs_inode");
            if (!nfs_inode) {
                totals.inodes = nfs_inode.error().reason;
                return lose("inodes: " + to_string(nfs_inode.error()));
            }
            auto active = reader_.is_active(*nfs_inode);
            if (!active) {
                lose("nfs_inode " + hex(nfs_inode->address()) + ": " + to_string(active.error()));
                totals.active_inodes = active.error().reason;
            } else if (*active) {
                add(*nfs_inode, server.address);
            }
        }
    }

    void lose(const std::string& gap) {
        if (!gaps_.insert(gap).second) return;
        state_.nfs_inodes.add_gap(gap);
        state_.nfs_pages.add_gap(gap);
        state_.totals.add_gap(gap);
    }

    void add(const Object& nfs_inode, VAddr server) {
        if (!known_.insert(nfs_inode.address()).second) return;
        NfsInode inode = reader_.read(nfs_inode);
        inode.server = server;
        if (auto file = nfs_inode.at("vfs_inode"))
            inode.path = paths_.of_inode(*file);
        else
            inode.path = file.error().reason;
        state_.nfs_inodes.items.push_back(std::move(inode));
    }

    // Files that tasks read or write although nothing else is to be said of them, or which a list
    // of inodes that breaks off does not reach.
    void add_inodes_of_requests() {
        const std::size_t known = state_.nfs_inodes.items.size();
        for (const NfsPage& request : search_.requests) {
            Object nfs_inode = object(*request.inode);
            auto super_block = nfs_inode.pointer("vfs_inode.i_sb");
            auto server = super_block ? servers_.find(*super_block) : servers_.end();
            if (server == servers_.end()) continue;
            add(nfs_inode, state_.totals.items[server->second].address);
        }
        for (std::size_t i = known; i < state_.nfs_inodes.items.size(); ++i)
            if (state_.nfs_inodes.items[i].is_regular)
                search_.search_inode(object(state_.nfs_inodes.items[i].address));
    }

    void settle_inodes() {
        std::map<VAddr, Stake> stakes;
        std::map<VAddr, std::uint64_t> found;
        for (const NfsPage& request : search_.requests) {
            stakes[*request.inode].add(request);
            ++found[*request.inode];
        }
        for (NfsInode& inode : state_.nfs_inodes.items) {
            if (!inode.mode) lose(inode, inode.mode.why());
            if (!inode.is_regular) continue;
            Stake& stake = stakes[inode.address];
            if (auto missing = search_.missing(inode.address)) stake.lose(*missing);
            stake.tell(inode);
            if (auto uncounted = search_.missing_uncounted(inode.address))
                inode.found_requests = *uncounted;
            else
                inode.found_requests = found[inode.address];
        }
        // Most at risk first; what is not known before what is nothing.
        auto rank = [](const NfsInode& inode) {
            std::uint64_t risk = inode.at_risk ? *inode.at_risk : may_be_regular(inode) ? 1 : 0;
            bool counts = inode.requests && *inode.requests != 0;
            return std::make_tuple(~risk, !counts, !inode.rwsem_held.is(true),
                                   inode.fileid.optional().value_or(0), inode.address);
        };
        std::sort(state_.nfs_inodes.items.begin(), state_.nfs_inodes.items.end(),
                  [&](const NfsInode& a, const NfsInode& b) { return rank(a) < rank(b); });
    }

    static bool may_be_regular(const NfsInode& inode) { return inode.is_regular || !inode.mode; }

    // What is not known to be a file was not searched as one.
    void lose(NfsInode& inode, Reason why) {
        Stake stake;
        stake.lose(why);
        stake.tell(inode);
        inode.found_requests = why;
        state_.nfs_pages.add_gap("nfs_pages of nfs_inode " + hex(inode.address) +
                                 ", which may be a file: " + std::string(to_string(why)));
    }

    void settle_requests() {
        std::map<VAddr, std::size_t> order;
        for (const NfsInode& inode : state_.nfs_inodes.items)
            order.emplace(inode.address, order.size());
        using Place = std::tuple<std::size_t, std::uint64_t, VAddr, std::size_t>;
        std::vector<Place> places;
        places.reserve(search_.requests.size());
        for (const NfsPage& request : search_.requests)
            places.emplace_back(order[*request.inode], request.position.optional().value_or(0),
                                request.address, places.size());
        std::sort(places.begin(), places.end());
        std::vector<std::size_t> from;
        from.reserve(places.size());
        for (const Place& place : places) from.push_back(std::get<3>(place));
        arrange(search_.requests, std::move(from));
        state_.nfs_pages.items = std::move(search_.requests);
        state_.nfs_pages.add_gaps(search_);
        state_.damaged_lists = std::move(search_.damaged);
        state_.strange_folios = std::move(search_.strange);
    }

    void settle_totals() {
        std::map<VAddr, WritebackTotals*> by_server;
        auto& items = state_.totals.items;
        for (WritebackTotals& totals : items) by_server.emplace(totals.address, &totals);
        for (const NfsInode& inode : state_.nfs_inodes.items)
            count(inode, *by_server.at(*inode.server));
        for (std::size_t i = 1; i < items.size(); ++i) {
            // What is not listed may have something to write.
            if (!items[i].inodes || !items[i].active_inodes)
                lose(items[i],
                     items[i].inodes ? items[i].active_inodes.why() : items[i].inodes.why());
            for (auto member : kSums) nfs::add(items[0].*member, items[i].*member);
            raise(items[0].oldest_write, items[i].oldest_write);
        }
        if (!client_.nfs_servers.complete) {
            lose(items[0], Reason::not_dumped);
            items[0].inodes = items[0].writeback_pages = Reason::not_dumped;
        }
    }

    static void count(const NfsInode& inode, WritebackTotals& totals) {
        nfs::add(totals.active_inodes, std::uint64_t{1});
        if (!may_be_regular(inode)) return;
        nfs::add(totals.requests, inode.found_requests);
        nfs::add(totals.dirty, inode.dirty);
        nfs::add(totals.under_writeback, inode.under_writeback);
        nfs::add(totals.unstable, inode.unstable);
        nfs::add(totals.at_risk, inode.at_risk);
        if (inode.at_risk)
            nfs::add(totals.files, std::uint64_t{*inode.at_risk != 0});
        else
            totals.files = inode.at_risk.why();
        raise(totals.oldest_write, inode.oldest_write);
    }

    // Everything but what the nfs_server counts itself.
    static void lose(WritebackTotals& totals, Reason why) {
        for (auto member :
             {&WritebackTotals::active_inodes, &WritebackTotals::files, &WritebackTotals::requests,
              &WritebackTotals::dirty, &WritebackTotals::under_writeback,
              &WritebackTotals::unstable, &WritebackTotals::at_risk})
            totals.*member = why;
        totals.oldest_write = why;
    }

    static constexpr Field<std::uint64_t> WritebackTotals::*kSums[] = {
        &WritebackTotals::inodes,         &WritebackTotals::active_inodes,
        &WritebackTotals::files,          &WritebackTotals::requests,
        &WritebackTotals::dirty,          &WritebackTotals::under_writeback,
        &WritebackTotals::unstable,       &WritebackTotals::at_risk,
        &WritebackTotals::writeback_pages};

    const Roots& roots_;
    const ClientState& client_;
    NfsInodeReader reader_;
    RequestSearch search_;
    FilePaths paths_;
    WritebackState state_;
    std::map<VAddr, std::size_t> servers_;  // of totals, by super_block
    std::set<VAddr> known_;                 // nfs_inodes
    std::set<std::string> gaps_;
};

}  // namespace

WritebackState read_writeback_state(const Roots& roots, const ClientState& client,
                                    const SunrpcState& sunrpc) {
    return Reading(roots, client).read(sunrpc);
}

}  // namespace nfstriage::nfs
