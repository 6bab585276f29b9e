// What readers of a dump marked as somebody's (dump::Observer), and the bytes to lay over it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "dump/dump.h"
#include "redact/redactor.h"

namespace nfstriage::redact {

class Marks final : public dump::Observer {
public:
    void read(dump::PRange) override {}
    void secret(std::span<const dump::PRange> places, dump::Secret kind) override;

    // The text of everything marked as names and sentences teaches `redactor`; then the bytes that
    // replace what was marked are made. `dump` is the one that was read, without an overlay. What
    // it does not hold needs no replacing.
    dump::Overlay overlay(const dump::Dump& dump, Redactor& redactor) const;

private:
    using Places = std::vector<dump::PRange>;
    // By kind, first address and size, so that the order is the same every time.
    std::map<std::tuple<dump::Secret, std::uint64_t, std::uint64_t>, Places> marks_;
};

}  // namespace nfstriage::redact
