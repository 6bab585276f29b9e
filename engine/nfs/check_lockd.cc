// Invariants of lockd's hosts, files and waiting locks.
#include <fmt/format.h>

#include "nfs/check.h"
#include "nfs/check_tools.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr Check kReferences{
    "lockd_references", "a count of references does not go below 0",
    "a reference was dropped once too often: the object is freed while others use it"};
constexpr Check kCall{
    "nlm_block_call", "the call of a waiting lock points back to it by a_block",
    "when the lock is granted, lockd tells it for another block, or for a freed one"};

constexpr std::uint64_t kSaturated = 0x8000'0000;

void check_references(const Roots& roots, const Object& object, std::string_view member,
                      const std::string& by, Listing<Finding>& findings) {
    if (auto count = object.number(member); count && *count >= kSaturated)
        findings.items.push_back(
            make_finding(kReferences, object, fmt::format("{} {:#x}, {}", member, *count, by)));
    check_allocated(roots, object, by, findings);
}

}  // namespace

Listing<Finding> check(const Roots& roots, const LockdState& state) {
    Listing<Finding> findings;
    for (const NlmHost& item : state.nlm_hosts.items)
        check_references(roots, roots.reader.object(NlmHost::kType, item.address), "h_count",
                         "an nlm_host in use", findings);
    for (const NlmFile& item : state.nlm_files.items)
        check_references(roots, roots.reader.object(NlmFile::kType, item.address), "f_count",
                         "in nlm_files", findings);
    for (const NlmBlock& item : state.nlm_blocks.items) {
        Object block = roots.reader.object(NlmBlock::kType, item.address);
        check_references(roots, block, "b_count", "on nlm_blocked", findings);
        // Set once, when the block is made.
        auto back = block.pointer("b_call->a_block");
        if (back && *back != item.address)
            findings.items.push_back(
                make_finding(kCall, block, fmt::format("b_call->a_block {}", hex(*back))));
    }
    return findings;
}

}  // namespace nfstriage::nfs
