#include "nfs/nfsd_stateid.h"

#include "nfs/macro_bits.h"
#include "nfs/nfsd_text.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

struct Kind {
    std::string_view bit, type, status;
};
// A stateid has one of these bits, or none while it is made and after it was taken away.
constexpr Kind kKinds[] = {
    {"NFS4_OPEN_STID", "open", ""},
    {"NFS4_LOCK_STID", "lock", ""},
    {"NFS4_DELEG_STID", "delegation", ""},
    {"NFS4_CLOSED_STID", "open", "closed"},
    {"NFS4_REVOKED_DELEG_STID", "delegation", "revoked"},
    {"NFS4_CLOSED_DELEG_STID", "delegation", "closed"},
    {"NFS4_LAYOUT_STID", "layout", ""},
    {"SC_TYPE_OPEN", "open", ""},
    {"SC_TYPE_LOCK", "lock", ""},
    {"SC_TYPE_DELEG", "delegation", ""},
    {"SC_TYPE_LAYOUT", "layout", ""},
};
constexpr Kind kStatuses[] = {
    {"SC_STATUS_CLOSED", "", "closed"},
    {"SC_STATUS_REVOKED", "", "revoked"},
    {"SC_STATUS_ADMIN_REVOKED", "", "admin_revoked"},
    {"SC_STATUS_FREEABLE", "", "freeable"},
    {"SC_STATUS_FREED", "", "freed"},
};

struct StidNames {
    explicit StidNames(const kernel::Reader& reader)
        : type(reader, "nfs4_stid.sc_type"), status(reader, "nfs4_stid.sc_status") {}
    BitNames type, status;
};

void read_type(NfsdStateid& result, const Object& stid, const StidNames& names) {
    auto bits = stid.get<std::uint64_t>("sc_type");
    if (!bits) {
        result.type = {bits.why(), bits.origin()};
        result.status = {bits.why(), bits.origin()};
        return;
    }
    std::string type = *bits == 0 ? "none" : std::to_string(*bits), status;
    for (const Kind& kind : kKinds) {
        auto number = names.type.number(kind.bit);
        if (!number || *bits != std::uint64_t{1} << *number) continue;
        type = kind.type;
        status = kind.status;
    }
    result.type = {type, bits.origin()};
    result.status = {status, bits.origin()};
    if (!stid.has("sc_status")) return;
    const Field<std::uint64_t> state = stid.get<std::uint64_t>("sc_status");
    for (const Kind& kind : kStatuses) {
        const Field<bool> set = names.status.is_set(state, kind.bit);
        if (!set) {
            result.status = {set.why(), set.origin()};
            return;
        }
        if (*set) status += (status.empty() ? "" : "|") + std::string(kind.status);
    }
    result.status = {status, state.origin()};
}

// A set of share modes, each a bit numbered by its mode: 1 read, 2 write, 3 both.
Field<std::string> modes(const Field<std::uint64_t>& bits) {
    if (!bits) return {bits.why(), bits.origin()};
    std::string text;
    if ((*bits & 0b1010) != 0) text = "read";
    if ((*bits & 0b1100) != 0) text += text.empty() ? "write" : "|write";
    return {text, bits.origin()};
}

// struct file that nfsd has open for the file of a state: nfsd_file.nf_file, in 4.19 the
// pointer itself.
Maybe<Object> open_file(const Object& nfs4_file) {
    for (std::string_view slot : {"fi_fds[0]", "fi_fds[1]", "fi_fds[2]", "fi_deleg_file"}) {
        auto open = nfs4_file.follow(slot);
        if (!open) continue;
        return open->type() == "struct file" ? open : open->follow("nf_file");
    }
    return unknown(Reason::null, "nfs4_file without an open file");
}

void read_file(NfsdStateid& result, const Object& stid) {
    result.file = stid.get<VAddr>("sc_file");
    auto file = stid.follow("sc_file");
    if (!file) {
        result.path = file.error().reason;
        result.inode = file.error().reason;
        result.inode_number = file.error().reason;
        return;
    }
    auto open = open_file(*file);
    auto inode = file->has("fi_inode") ? file->follow("fi_inode")
                 : open                ? open->follow("f_inode")
                                       : open;
    if (inode) {
        result.inode = inode->address();
        result.inode_number = inode->get<std::uint64_t>("i_ino");
    } else {
        result.inode = inode.error().reason;
        result.inode_number = inode.error().reason;
    }
    auto path = open ? open->at("f_path") : open;
    result.path = path ? path_text(*path) : Field<std::string>(path.error().reason);
}

void read_open_or_lock(NfsdStateid& result, const Object& stid) {
    auto state = stid.container("struct nfs4_ol_stateid", "st_stid");
    if (!state) return;
    result.access = modes(state->get<std::uint64_t>("st_access_bmap"));
    result.deny = modes(state->get<std::uint64_t>("st_deny_bmap"));
    result.owner = state->get<VAddr>("st_stateowner");
    result.owner_name = netobj_text(*state, "st_stateowner->so_owner");
    result.open_stateid = state->get<VAddr>("st_openstp");
    result.mutex_owner = mutex_owner(*state, "st_mutex");
}

void read_delegation(const Roots& roots, NfsdStateid& result, const Object& stid) {
    // OPEN_DELEGATE_* of RFC 8881 section 18.16; two more came with RFC 9754.
    constexpr EnumName kTypes[] = {{"NFS4_OPEN_DELEGATE_NONE", "none"},
                                   {"NFS4_OPEN_DELEGATE_READ", "read"},
                                   {"NFS4_OPEN_DELEGATE_WRITE", "write"},
                                   {"OPEN_DELEGATE_NONE", "none"},
                                   {"OPEN_DELEGATE_READ", "read"},
                                   {"OPEN_DELEGATE_WRITE", "write"},
                                   {"OPEN_DELEGATE_READ_ATTRS_DELEG", "read_attributes"},
                                   {"OPEN_DELEGATE_WRITE_ATTRS_DELEG", "write_attributes"}};
    auto state = stid.container("struct nfs4_delegation", "dl_stid");
    if (!state) return;
    result.delegation_type = enum_text(roots.reader, state->get<std::uint64_t>("dl_type"), kTypes);
    auto since = state->get<std::int64_t>("dl_time");
    result.recall_age =
        since.is(0) ? Field<Duration>(Reason::null, since.origin()) : seconds_age(roots, since);
    // dl_time says it too: it is set when the recall is.
    if (state->has("dl_recalled"))
        result.recalled = state->get<bool>("dl_recalled");
    else
        result.recalled = since ? Field<bool>(*since != 0, since.origin())
                                : Field<bool>(since.why(), since.origin());
    result.recall_retries = state->get<std::uint64_t>("dl_retries");
}

void read_layout(NfsdStateid& result, const Object& stid) {
    auto state = stid.container("struct nfs4_layout_stateid", "ls_stid");
    if (!state) return;
    result.layout_type = state->get<std::uint64_t>("ls_layout_type");
    result.recalled = state->get<bool>("ls_recalled");
    result.mutex_owner = mutex_owner(*state, "ls_mutex");
}

NfsdStateid read_stateid(const Roots& roots, const StidNames& names, const Object& stid,
                         std::uint64_t id) {
    NfsdStateid result;
    result.address = stid.address();
    result.client = stid.get<VAddr>("sc_client");
    result.id = id;
    result.generation = stid.get<std::uint64_t>("sc_stateid.si_generation");
    result.references = stid.get<std::uint64_t>("sc_count");
    read_type(result, stid, names);
    read_file(result, stid);
    if (result.type.is("open") || result.type.is("lock")) read_open_or_lock(result, stid);
    if (result.type.is("delegation")) read_delegation(roots, result, stid);
    if (result.type.is("layout")) read_layout(result, stid);
    return result;
}

}  // namespace

void describe(const NfsdStateid& stateid, Visitor& visitor) {
    visitor.object(stateid.kType, stateid.address);
    visitor.column("client", stateid.client, "nfs4_client that holds it, sc_client");
    visitor.detail("id", stateid.id, "number in the client's idr");
    visitor.detail("generation", stateid.generation, "seqid of the stateid, si_generation");
    visitor.column("type", stateid.type,
                   "open, lock, delegation, layout; none: made or taken away");
    visitor.column("status", stateid.status, "closed, revoked, ...; empty: in use");
    visitor.column("references", stateid.references, "sc_count");
    visitor.detail("file", stateid.file, "nfs4_file; 0: none");
    visitor.detail("inode", stateid.inode, "inode of the file");
    visitor.detail("inode_number", stateid.inode_number, "its number");
    visitor.column("path", stateid.path, "path of the file on this host");
    visitor.column("access", stateid.access, "of an open: what it may do");
    visitor.detail("deny", stateid.deny, "of an open: what others may not do");
    visitor.detail("owner", stateid.owner, "nfs4_stateowner of an open or lock");
    visitor.detail("owner_name", stateid.owner_name, "how the client names the owner");
    visitor.detail("open_stateid", stateid.open_stateid, "of a lock: the open it belongs to");
    visitor.column("delegation_type", stateid.delegation_type, "of a delegation: read or write");
    visitor.detail("recalled", stateid.recalled, "the client was asked to give it back");
    visitor.detail("recall_age_ns", stateid.recall_age, "of a delegation: since it was recalled");
    visitor.detail("recall_retries", stateid.recall_retries, "recalls that may still be tried");
    visitor.detail("layout_type", stateid.layout_type, "of a layout: number of its type");
    visitor.detail("mutex_owner", stateid.mutex_owner,
                   "task that works on it, st_mutex or ls_mutex; 0: nobody");
}

Listing<NfsdStateid> read_nfsd_stateids(const Roots& roots, const Object& client) {
    Listing<NfsdStateid> stateids;
    std::string of = "stateids of nfs4_client " + hex(client.address());
    auto idr = client.at("cl_stateids");
    if (!idr) {
        stateids.add_gap(idr.error(), of);
        return stateids;
    }
    Budget budget = roots.budget();
    auto entries = kernel::xarray(*idr, budget);
    const StidNames names(roots.reader);
    for (const kernel::Entry& entry : entries.entries)
        stateids.items.push_back(read_stateid(
            roots, names, roots.reader.object(NfsdStateid::kType, entry.pointer), entry.index));
    if (!entries.complete)
        stateids.add_gap(of + ": " + std::to_string(entries.entries.size()) + " seen, then " +
                         to_string(entries.why));
    return stateids;
}

}  // namespace nfstriage::nfs
