#include "nfs/pnfs.h"

#include <fmt/format.h>

#include "nfs/macro_bits.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::uint64_t kDeviceChains = 32;  // NFS4_DEVICE_ID_HASH_SIZE

PnfsSegment read_segment(const Object& segment, const PnfsLayout& layout, const BitNames& flags) {
    PnfsSegment result;
    result.address = segment.address();
    result.layout = segment.get<VAddr>("pls_layout");
    result.path = layout.path;
    auto mode = segment.get<std::uint64_t>("pls_range.iomode");  // IOMODE_READ 1, IOMODE_RW 2
    if (!mode)
        result.mode = {mode.why(), mode.origin()};
    else
        result.mode = {std::string(*mode == 1   ? "read"
                                   : *mode == 2 ? "read-write"
                                                : "any"),
                       mode.origin()};
    result.offset = segment.get<std::uint64_t>("pls_range.offset");
    result.length = segment.get<std::uint64_t>("pls_range.length");
    result.references = segment.get<std::uint64_t>("pls_refcount");
    result.sequence = segment.get<std::uint64_t>("pls_seq");
    result.flags = flags.flags(segment.get<std::uint64_t>("pls_flags"));
    return result;
}

// Unknown(null): the bit is clear.
Field<Duration> age_if(const Field<bool>& bit, const Roots& roots, const Object& object,
                       std::string_view path) {
    if (!bit) return {bit.why(), bit.origin()};
    return *bit ? age_field(roots, object, path) : Reason::null;
}

PnfsLayout read_layout(const Roots& roots, const FilePaths& paths, const Object& server,
                       const Object& layout, const BitNames& flags) {
    PnfsLayout result;
    result.address = layout.address();
    result.server = server.address();
    result.hostname = server.get<std::string>("nfs_client->cl_hostname");
    result.driver = server.get<std::string>("pnfs_curr_ld->name");
    result.inode = layout.get<VAddr>("plh_inode");
    result.path = path_field(paths, layout, "plh_inode");
    result.flags = flags.flags(layout.get<std::uint64_t>("plh_flags"));
    result.references = layout.get<std::uint64_t>("plh_refcount");
    result.outstanding = layout.get<std::uint64_t>("plh_outstanding");
    result.block_gets = layout.get<std::uint64_t>("plh_block_lgets");
    result.barrier = layout.get<std::uint64_t>("plh_barrier");
    result.return_sequence = layout.get<std::uint64_t>("plh_return_seq");
    result.last_write_byte = layout.get<std::uint64_t>("plh_lwb");
    result.uid = uid_field(layout, "plh_lc_cred");
    result.stateid = read_stateid(layout, "plh_stateid");
    result.failed =
        age_if(flags.is_either_set(result.flags, "NFS_LAYOUT_RO_FAILED", "NFS_LAYOUT_RW_FAILED"),
               roots, layout, "plh_retry_timestamp");
    result.returning_segments =
        length_field(roots, layout, "plh_return_segs", "struct pnfs_layout_segment", "pls_list");
    return result;
}

}  // namespace

void describe(const PnfsLayout& layout, Visitor& visitor) {
    visitor.object(layout.kType, layout.address);
    visitor.column("hostname", layout.hostname, "name of the metadata server");
    visitor.column("path", layout.path, "the file");
    visitor.column("driver", layout.driver, "layout driver of the file system");
    visitor.column("flags", layout.flags, "plh_flags, NFS_LAYOUT_*");
    visitor.column("segments", layout.segments, "pnfs_layout_segments in use");
    visitor.column("outstanding", layout.outstanding, "LAYOUTGETs under way, plh_outstanding");
    visitor.detail("returning_segments", layout.returning_segments,
                   "segments that are being returned");
    visitor.detail("nfs_server", layout.server, "struct nfs_server");
    visitor.detail("inode", layout.inode, "struct inode");
    visitor.detail("references", layout.references, "plh_refcount");
    visitor.detail("block_gets", layout.block_gets, "who keeps LAYOUTGET from being sent");
    visitor.detail("barrier", layout.barrier, "older sequence numbers of the stateid are void");
    visitor.detail("return_sequence", layout.return_sequence, "plh_return_seq");
    visitor.detail("last_write_byte", layout.last_write_byte, "plh_lwb, for LAYOUTCOMMIT");
    visitor.detail("uid", layout.uid, "user of the LAYOUTCOMMIT");
    visitor.detail("failed_ns", layout.failed, "time since it failed, if I/O goes to the server");
    describe(layout.stateid, kStateid, visitor);
}

void describe(const PnfsSegment& segment, Visitor& visitor) {
    visitor.object(segment.kType, segment.address);
    visitor.column("path", segment.path, "the file");
    visitor.column("mode", segment.mode, "read, read-write");
    visitor.column("offset", segment.offset, "first byte", "bytes");
    visitor.column("length", segment.length, "how many; all ones: to the end of the file", "hex");
    visitor.column("flags", segment.flags, "NFS_LSEG_*");
    visitor.column("references", segment.references, "pls_refcount");
    visitor.detail("sequence", segment.sequence, "pls_seq");
    visitor.detail("layout", segment.layout, "struct pnfs_layout_hdr");
}

void describe(const PnfsDevice& device, Visitor& visitor) {
    visitor.object(device.kType, device.address);
    visitor.column("id", device.id, "device id in hex");
    visitor.column("server", device.server, "name of the metadata server");
    visitor.column("driver", device.driver, "layout driver");
    visitor.column("flags", device.flags, "NFS_DEVICEID_*");
    visitor.column("references", device.references, "ref");
    visitor.column("unavailable_ns", device.unavailable,
                   "time since it could not be reached, if so");
    visitor.detail("nfs_client", device.client, "struct nfs_client of the metadata server");
}

void read_layouts(const Roots& roots, const FilePaths& paths, const Object& server,
                  Listing<PnfsLayout>& layouts, Listing<PnfsSegment>& segments) {
    Budget budget = roots.budget();
    auto walk = kernel::list(server, "layouts", PnfsLayout::kType, "plh_layouts", budget);
    layouts.add_gap(walk, "layouts of nfs_server " + hex(server.address()));
    if (walk.objects.empty()) return;
    BitNames flags(roots.reader, "pnfs_layout_hdr.plh_flags");
    BitNames segment_flags(roots.reader, "pnfs_layout_segment.pls_flags");
    for (const Object& layout : walk.objects) {
        PnfsLayout result = read_layout(roots, paths, server, layout, flags);
        Budget steps = roots.budget();
        auto parts = kernel::list(layout, "plh_segs", PnfsSegment::kType, "pls_list", steps);
        segments.add_gap(parts, "segments of pnfs_layout_hdr " + hex(layout.address()));
        result.segments = {parts.complete ? Maybe<std::uint64_t>(parts.objects.size())
                                          : tl::unexpected<Unknown>(parts.why),
                           layout.origin("plh_segs")};
        for (const Object& segment : parts.objects)
            segments.items.push_back(read_segment(segment, result, segment_flags));
        layouts.items.push_back(std::move(result));
    }
}

Listing<PnfsDevice> read_pnfs_devices(const Roots& roots, bool none) {
    Listing<PnfsDevice> devices;
    auto table = roots.reader.variable("nfs4_deviceid_cache", "struct hlist_head");
    if (!table) {
        if (!none) devices.add_gap(table.error(), "pNFS devices");
        return devices;
    }
    BitNames flags(roots.reader, "nfs4_deviceid_node.flags");
    for (std::uint64_t chain = 0; chain < kDeviceChains; ++chain) {
        Budget budget = roots.budget();
        Object head = roots.reader.object("struct hlist_head", table->address() + chain * 8);
        auto walk = kernel::hlist(head, PnfsDevice::kType, "node", budget);
        devices.add_gap(walk, "pNFS devices");
        if (!walk.complete && walk.why.reason == Reason::no_type) break;
        for (const Object& device : walk.objects) {
            PnfsDevice result;
            result.address = device.address();
            result.client = device.get<VAddr>("nfs_client");
            result.server = device.get<std::string>("nfs_client->cl_hostname");
            result.driver = device.get<std::string>("ld->name");
            result.flags = flags.flags(device.get<std::uint64_t>("flags"));
            result.references = device.get<std::uint64_t>("ref");
            result.unavailable = age_if(flags.is_set(result.flags, "NFS_DEVICEID_UNAVAILABLE"),
                                        roots, device, "timestamp_unavailable");
            auto at = device.address_of("deviceid.data");
            auto bytes =
                at ? roots.reader.memory().bytes(*at, 16) : tl::unexpected<Unknown>(at.error());
            if (bytes) {
                std::string text;
                for (std::uint8_t byte : *bytes) text += fmt::format("{:02x}", byte);
                result.id = {std::move(text), device.origin("deviceid.data")};
            } else {
                result.id = {bytes.error().reason, device.origin("deviceid.data")};
            }
            devices.items.push_back(std::move(result));
        }
    }
    return devices;
}

}  // namespace nfstriage::nfs
