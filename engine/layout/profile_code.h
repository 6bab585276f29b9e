// What a kernel profile tells of inlining, for objects that are at places of their own: a kernel
// that does not run, or files of one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "layout/code_table.h"
#include "layout/profile.h"

namespace nfstriage::layout {

class ProfileCode {
public:
    explicit ProfileCode(std::shared_ptr<const Profile> profile) : profile_(std::move(profile)) {}

    // [begin, begin + size) is `object` ("" is vmlinux), whose own address 0 is at `base`. Objects
    // that the profile has no code of are passed over.
    void place(const std::string& object, VAddr begin, std::uint64_t size, std::uint64_t base);

    // Unknown: no_symbol (no object there, or no function), corrupt.
    Maybe<std::vector<SourceFrame>> source_of(VAddr address) const;
    // Functions of placed modules into which `function` is inlined somewhere; of vmlinux only where
    // no module was placed, because all of its code has to be read for that.
    std::vector<std::string> hosts(std::string_view function) const;
    // The first place in `caller` where `callee` is inlined directly into it; cold parts are not
    // looked at. Nothing if there is none or the profile does not know `caller`.
    std::optional<VAddr> inlined_at(std::string_view caller, std::string_view callee) const;

private:
    struct Placed {
        std::string object;
        VAddr begin;
        std::uint64_t size, base;
        CodeTable table;
    };
    bool is_asked(const Placed& placed) const;

    std::shared_ptr<const Profile> profile_;
    std::vector<Placed> placed_;
    bool modules_ = false;
};

}  // namespace nfstriage::layout
